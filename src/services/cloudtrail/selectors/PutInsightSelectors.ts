import { arnOfTrail, ServiceError } from '../../../domain/index.ts'
import { list, required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { changeable } from '../wire/trail-names.ts'
import { insightTrail, onInsightTarget } from './insight-target.ts'

const insightSelectorListType = list(structure({ InsightType: string(), EventCategories: list(string()) }))
const output = structure({ TrailARN: string(), InsightSelectors: insightSelectorListType })

/** Disables Insights event logging on a trail. There are no Insights events, so it cannot be enabled. */
export const PutInsightSelectors = operation({
  name: 'PutInsightSelectors',
  effect: 'write',
  input: structure({
    TrailName: string(),
    EventDataStore: string(),
    InsightsDestination: string(),
    InsightSelectors: required(insightSelectorListType),
  }),
  output,
  touches: { reference: onInsightTarget },
  handle({ input, scope, reference }) {
    const trail = insightTrail(input, reference, found => changeable(found, scope))
    if (input.InsightSelectors.length > 0)
      throw new ServiceError('UnsupportedOperationException', 'There are no Insights events.')
    return { TrailARN: arnOfTrail(trail), InsightSelectors: [] }
  },
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
})
