import { arnOfTrail, type EventSelectors, type Trail } from '../../../domain/index.ts'
import { renderAdvancedSelectors } from './advanced-selectors.ts'
import { renderBasicSelectors } from './basic-selectors.ts'

/** The event selectors of a trail, as GetEventSelectors and PutEventSelectors answer them. */
export function renderSelectors(trail: Trail, { kind, selectors }: EventSelectors = trail.selectors) {
  const arn = { TrailARN: arnOfTrail(trail) }
  return kind === 'basic'
    ? { ...arn, EventSelectors: renderBasicSelectors(selectors) }
    : { ...arn, AdvancedEventSelectors: renderAdvancedSelectors(selectors) }
}
