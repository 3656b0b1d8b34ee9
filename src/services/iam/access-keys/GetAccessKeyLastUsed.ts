import { type AccessKey, rootArn, ServiceError } from '../../../domain/index.ts'
import type { Caller } from '../../../operation/index.ts'
import { required, string, structure, timestamp } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import { arnOfUser } from '../wire/resources.ts'
import { accessKeyIdType } from '../wire/shapes.ts'

/** Returns when, with which service and in which Region an access key was last used. */
export const GetAccessKeyLastUsed = operation({
  name: 'GetAccessKeyLastUsed',
  effect: 'read',
  input: structure({ AccessKeyId: required(accessKeyIdType) }),
  output: structure({
    UserName: string(),
    AccessKeyLastUsed: structure({
      LastUsedDate: timestamp(),
      ServiceName: required(string()),
      Region: required(string()),
    }),
  }),
  touches: {
    user: async ({ input, scope: { accountId }, store }) => {
      const key = await findOwn(store, accountId, input.AccessKeyId)
      if (key === undefined) return [{ arn: '*' }]
      const { userName } = key
      return [
        { arn: userName === undefined ? rootArn(accountId) : await arnOfUser(store, accountId, userName) },
      ]
    },
  },
  async handle({ input, caller, store }) {
    const key = await findOwn(store, caller.scope.accountId, input.AccessKeyId)
    if (key === undefined) throw accessDenied(caller, input.AccessKeyId)
    const { userName, lastUsed } = key
    return {
      ...(userName === undefined ? {} : { UserName: userName }),
      AccessKeyLastUsed:
        lastUsed === undefined
          ? { ServiceName: 'N/A', Region: 'N/A' }
          : { LastUsedDate: lastUsed.at, ServiceName: lastUsed.service, Region: lastUsed.region },
    }
  },
})

/** Finds the key if it belongs to the account; the answer must not reveal whether a different account has it. */
async function findOwn(
  store: Reader,
  accountId: string,
  accessKeyId: string,
): Promise<AccessKey | undefined> {
  const key = await store.accessKeys.find(accessKeyId)
  return key?.accountId === accountId ? key : undefined
}

/** The text was recorded from AWS; unlike other denials, it has no colon after `perform`. */
const accessDenied = ({ identity }: Caller, accessKeyId: string) =>
  new ServiceError(
    'AccessDeniedException',
    `User: ${identity.principal.arn} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${accessKeyId}`,
    { reason: 'the account has no such access key' },
  )
