import { type Grant, invalidGrantId, parseKeyIdentifier, validation } from '../../../domain/index.ts'
import type { GrantReference } from '../../../keys/index.ts'
import type { Conditions, RetirementContext } from '../../../operation/index.ts'
import { type Infer, structure, undisclosed } from '../../../std/index.ts'
import { constraintTypeOf, contextConditions } from '../conditions.ts'
import { operation } from '../operation.ts'
import { dryRunType, grantIdType, grantTokenType, keyIdType } from '../wire/shapes.ts'

const input = structure({
  GrantToken: grantTokenType,
  // CloudTrail's records of RetireGrant have no request parameters: the grant is in additionalEventData.
  KeyId: undisclosed(keyIdType),
  GrantId: undisclosed(grantIdType),
  DryRun: undisclosed(dryRunType),
})

/** Deletes a grant, at the request of a principal who can retire it. */
export const RetireGrant = operation({
  name: 'RetireGrant',
  effect: 'write',
  input,
  output: undefined,
  isDryRun: ({ DryRun }) => DryRun,
  touches: { grant: { retires: readReference, conditionsOf: grantConditions } },
  async handle({ grant, store }) {
    await store.grants.delete(grant)
  },
})

/** The grant that the request names: by a token, or by its key and id. */
function readReference(
  { GrantToken: token, KeyId: keyId, GrantId: grantId }: Infer<typeof input>,
  { scope, openGrantToken }: RetirementContext,
): GrantReference {
  if (token !== undefined) {
    if (keyId !== undefined || grantId !== undefined) throw eitherOr()
    return openGrantToken(token)
  }
  if (keyId === undefined || grantId === undefined) throw eitherOr()
  const identifier = parseKeyIdentifier(keyId, 'key', scope)
  if (identifier.type !== 'key') throw eitherOr()
  if (!/^[0-9a-f]{64}$/.test(grantId)) throw invalidGrantId()
  return { ...identifier.scope, keyId: identifier.keyId, grantId }
}

const eitherOr = () => validation('Specify either a GrantToken, or a KeyId and a GrantId.')

function grantConditions({ constraints }: Grant): Conditions {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints
  return {
    ...contextConditions(equals ?? subset),
    'kms:GrantConstraintType': constraintTypeOf(constraints),
  }
}
