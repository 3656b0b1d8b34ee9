import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onTrail } from '../wire/resources.ts'
import { changeable } from '../wire/trail-names.ts'

/** Starts the recording of Amazon Web Services API calls and log file delivery for a trail. */
export const StartLogging = operation({
  name: 'StartLogging',
  effect: 'write',
  input: structure({ Name: required(string()) }),
  output: structure({}),
  touches: { trail: onTrail<{ readonly Name: string }>(({ Name }) => Name) },
  async handle({ scope, trail: reference, now, store }) {
    const trail = changeable(reference, scope)
    if (!trail.isLogging) await store.trails.update({ ...trail, isLogging: true, loggingStartedAt: now })
    return {}
  },
})
