import { aliasArn, checkAliasName, checkQuota, ServiceError } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { aliasNameType, keyIdType } from '../wire/shapes.ts'
import { aliasResource, checkTargetIsKey } from './alias-target.ts'

/** Creates a friendly name for a KMS key. */
export const CreateAlias = operation({
  name: 'CreateAlias',
  effect: 'write',
  input: structure({ AliasName: required(aliasNameType), TargetKeyId: required(keyIdType) }),
  output: undefined,
  touches: {
    key: {
      from: input => {
        checkAliasName(input.AliasName)
        return checkTargetIsKey(input.TargetKeyId)
      },
      forms: 'key',
    },
    // AWS's records of this operation alone list the key before the alias (AWS KMS developer guide, log entries).
    alias: ({ input: { AliasName }, scope }) => [{ ...aliasResource(scope, AliasName), isListedLast: true }],
  },
  async handle({ input, key, scope, now, store, deployment }) {
    const aliasName = input.AliasName
    const targetKeyId = key.key.keyId
    if ((await store.aliases.find(scope, aliasName)) !== undefined) {
      throw new ServiceError(
        'AlreadyExistsException',
        `An alias with the name ${aliasArn(scope, aliasName)} already exists`,
      )
    }
    checkQuota('aliasesPerKey', deployment.quotas, await store.aliases.count(scope, targetKeyId))
    await store.aliases.insert({ ...scope, aliasName, targetKeyId, createdAt: now, updatedAt: now })
  },
})
