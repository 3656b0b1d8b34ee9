import { arnOfTrail, ServiceError } from '../../../domain/index.ts'
import { string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { existing } from '../wire/trail-names.ts'
import { insightTrail, onInsightTarget } from './insight-target.ts'

/** Describes the settings for the Insights event selectors that you configured for your trail: no trail has any. */
export const GetInsightSelectors = operation({
  name: 'GetInsightSelectors',
  effect: 'read',
  input: structure({ TrailName: string(), EventDataStore: string() }),
  output: structure({}),
  touches: { reference: onInsightTarget },
  handle({ input, scope, reference }) {
    const trail = insightTrail(input, reference, found => existing(found, scope))
    throw new ServiceError(
      'InsightNotEnabledException',
      `Insights events are not enabled for the trail ${arnOfTrail(trail)}.`,
    )
  },
})
