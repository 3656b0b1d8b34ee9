import { aliasArn, aliasNotFound, checkAliasName, checkQuota, checkSameKind } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { aliasNameType, keyIdType } from '../wire/shapes.ts'
import { aliasResource, checkTargetIsKey } from './alias-target.ts'

/** Associates an existing alias with a different KMS key. */
export const UpdateAlias = operation({
  name: 'UpdateAlias',
  effect: 'write',
  input: structure({ AliasName: required(aliasNameType), TargetKeyId: required(keyIdType) }),
  output: undefined,
  touches: {
    current: {
      from: input => {
        checkAliasName(input.AliasName)
        return input.AliasName
      },
      forms: 'alias-name',
      state: 'any',
      isUnlisted: true,
    },
    target: { from: input => checkTargetIsKey(input.TargetKeyId), forms: 'key' },
    alias: ({ input: { AliasName }, scope }) => [aliasResource(scope, AliasName)],
  },
  async handle({ input, current, target, scope, now, store, deployment }) {
    checkSameKind(input.AliasName, current.key, target.key)
    const alias = await store.aliases.find(scope, input.AliasName)
    if (alias === undefined) throw aliasNotFound(aliasArn(scope, input.AliasName))
    const targetKeyId = target.key.keyId
    if (alias.targetKeyId !== targetKeyId) {
      checkQuota('aliasesPerKey', deployment.quotas, await store.aliases.count(scope, targetKeyId))
    }
    await store.aliases.update({ ...alias, targetKeyId, updatedAt: now })
  },
})
