import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onTrail } from '../wire/resources.ts'
import { trailType } from '../wire/shapes.ts'
import { existing } from '../wire/trail-names.ts'
import { renderTrail } from './render-trail.ts'

/** Returns settings information for a specified trail. */
export const GetTrail = operation({
  name: 'GetTrail',
  effect: 'read',
  input: structure({ Name: required(string()) }),
  output: structure({ Trail: trailType }),
  touches: { trail: onTrail<{ readonly Name: string }>(({ Name }) => Name) },
  handle: ({ scope, trail }) => ({ Trail: renderTrail(existing(trail, scope)) }),
})
