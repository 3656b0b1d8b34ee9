import { grantNotFound, invalidGrantId } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { dryRunType, grantIdType, keyIdType } from '../wire/shapes.ts'
import { isGrantId } from './ListGrants.ts'

/** Deletes a grant, at the request of an administrator of the KMS key. */
export const RevokeGrant = operation({
  name: 'RevokeGrant',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType), GrantId: required(grantIdType), DryRun: dryRunType }),
  output: undefined,
  isDryRun: ({ DryRun }) => DryRun,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      crossAccount: true,
      conditions: (_input, { isByService }) => ({ 'kms:GrantIsForAWSResource': isByService }),
    },
  },
  async handle({ input, key, store }) {
    if (!isGrantId(input.GrantId)) throw invalidGrantId()
    const grant = await store.grants.find(key.key, key.key.keyId, input.GrantId)
    if (grant === undefined) throw grantNotFound(input.GrantId)
    await store.grants.delete(grant)
  },
})
