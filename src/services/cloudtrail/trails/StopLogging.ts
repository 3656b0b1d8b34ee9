import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onTrail } from '../wire/resources.ts'
import { changeable } from '../wire/trail-names.ts'
import { endChains } from './end-chains.ts'

/** Suspends the recording of Amazon Web Services API calls and log file delivery for the specified trail. */
export const StopLogging = operation({
  name: 'StopLogging',
  effect: 'write',
  input: structure({ Name: required(string()) }),
  output: structure({}),
  touches: { trail: onTrail<{ readonly Name: string }>(({ Name }) => Name) },
  async handle({ scope, trail: reference, now, store }) {
    const trail = changeable(reference, scope)
    if (!trail.isLogging) return {}
    await store.trails.update({ ...trail, isLogging: false, loggingStoppedAt: now })
    await endChains(store, trail, now, 'stopped')
    return {}
  },
})
