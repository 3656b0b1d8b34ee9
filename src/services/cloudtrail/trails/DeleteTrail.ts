import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onTrail } from '../wire/resources.ts'
import { changeable } from '../wire/trail-names.ts'
import { endChains } from './end-chains.ts'

/** Deletes a trail. */
export const DeleteTrail = operation({
  name: 'DeleteTrail',
  effect: 'write',
  input: structure({ Name: required(string()) }),
  output: structure({}),
  touches: { trail: onTrail<{ readonly Name: string }>(({ Name }) => Name) },
  async handle({ scope, trail: reference, now, store }) {
    const trail = changeable(reference, scope)
    await store.trails.delete(trail)
    await endChains(store, trail, now, 'deleted')
    return {}
  },
})
