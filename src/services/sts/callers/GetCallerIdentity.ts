import { nothing } from '../../../operation/index.ts'
import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'

/**
 * Returns the account, ARN and unique ID of the caller. It needs no permission, since a denial would reveal the same.
 */
export const GetCallerIdentity = operation({
  name: 'GetCallerIdentity',
  effect: 'read',
  acceptsForwarded: true,
  input: structure({}),
  output: structure({ UserId: required(string()), Account: required(string()), Arn: required(string()) }),
  touches: nothing,
  handle({ caller }) {
    const { principalId, accountId, arn } = caller.identity.principal
    return { UserId: principalId, Account: accountId, Arn: arn }
  },
})
