import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onTrail } from '../wire/resources.ts'
import { selectorsType } from '../wire/shapes.ts'
import { existing } from '../wire/trail-names.ts'
import { renderSelectors } from './render-selectors.ts'

/** Describes the settings for the event selectors that you configured for your trail. */
export const GetEventSelectors = operation({
  name: 'GetEventSelectors',
  effect: 'read',
  input: structure({ TrailName: required(string()) }),
  output: selectorsType,
  touches: { trail: onTrail<{ readonly TrailName: string }>(({ TrailName }) => TrailName) },
  handle: ({ scope, trail }) => renderSelectors(existing(trail, scope)),
})
