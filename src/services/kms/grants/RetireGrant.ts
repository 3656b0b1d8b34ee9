import { operation } from '../../../pipeline/index.ts'
import { structure, undisclosed } from '../../../std/index.ts'
import { dryRunType, grantIdType, grantTokenType, keyIdType } from '../wire/shapes.ts'

export const RetireGrant = operation({
  name: 'RetireGrant',
  effect: 'write',
  retiresGrant: true,
  input: structure({
    GrantToken: grantTokenType,
    // CloudTrail's records of RetireGrant have no request parameters; the grant stands in another place.
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
