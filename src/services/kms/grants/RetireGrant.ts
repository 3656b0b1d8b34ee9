import { operation } from '../../../pipeline/index.ts'
import { structure, undisclosed } from '../../../std/index.ts'
import { dryRunType, grantIdType, grantTokenType, keyIdType } from '../wire/shapes.ts'

/** Deletes a grant, at the request of a principal who can retire it. */
export const RetireGrant = operation({
  name: 'RetireGrant',
  effect: 'write',
  retiresGrant: true,
  input: structure({
    GrantToken: grantTokenType,
    // CloudTrail's records of RetireGrant have no request parameters; they name the grant elsewhere.
    KeyId: undisclosed(keyIdType),
    GrantId: undisclosed(grantIdType),
    DryRun: undisclosed(dryRunType),
  }),
  output: undefined,
  async handle({ retiredGrant, store }) {
    if (retiredGrant === undefined) throw new Error('no grant was resolved')
    await store.deleteGrant(retiredGrant)
  },
})
