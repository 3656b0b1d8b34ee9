import type { EventSelectors } from '../../../domain/index.ts'
import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onTrail } from '../wire/resources.ts'
import { advancedSelectorListType, eventSelectorListType, selectorsType } from '../wire/shapes.ts'
import { changeable } from '../wire/trail-names.ts'
import { readAdvancedSelectors, type WireAdvancedSelectors } from './advanced-selectors.ts'
import { invalidSelectors, readBasicSelectors, type WireSelectors } from './basic-selectors.ts'
import { renderSelectors } from './render-selectors.ts'

interface Given {
  readonly EventSelectors?: WireSelectors | undefined
  readonly AdvancedEventSelectors?: WireAdvancedSelectors | undefined
}

/** Configures event selectors or advanced event selectors for your trail. */
export const PutEventSelectors = operation({
  name: 'PutEventSelectors',
  effect: 'write',
  input: structure({
    TrailName: required(string()),
    EventSelectors: eventSelectorListType,
    AdvancedEventSelectors: advancedSelectorListType,
  }),
  output: selectorsType,
  touches: { trail: onTrail<{ readonly TrailName: string }>(({ TrailName }) => TrailName) },
  async handle({ input, scope, trail: reference, store }) {
    const trail = { ...changeable(reference, scope), selectors: readSelectors(input) }
    await store.trails.update(trail)
    return renderSelectors(trail)
  },
  disclose: output => ({ responseElements: selectorsType.disclose(output) ?? null }),
})

function readSelectors({ EventSelectors: basic, AdvancedEventSelectors: advanced }: Given): EventSelectors {
  if (basic !== undefined && advanced === undefined)
    return { kind: 'basic', selectors: readBasicSelectors(basic) }
  if (advanced !== undefined && basic === undefined)
    return { kind: 'advanced', selectors: readAdvancedSelectors(advanced) }
  throw invalidSelectors('Specify either EventSelectors or AdvancedEventSelectors.')
}
