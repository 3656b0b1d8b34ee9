import { type Metric, reading } from '../../std/index.ts'
import type { RewrapProgress, Store } from '../../store/index.ts'
import { remembered } from './remembered.ts'

/** How long the progress is remembered. */
const freshMillis = 1000

/** Returns the metrics of domain keys, which `list` lists, and of the re-wrapping after their rotation. */
export function domainKeyMetrics(
  store: Store,
  list: () => readonly { readonly domain: string; readonly state: string }[],
): Metric[] {
  const read = remembered(freshMillis, () => store.reader.rewraps.find())
  const entities = (name: string, help: string, count: (progress: RewrapProgress) => number) =>
    reading('gauge', `keyward_rewrap_entities_${name}`, help, async () => {
      const progress = await read()
      return progress === undefined ? 0 : count(progress)
    })
  return [
    reading('gauge', 'keyward_domain_keys', 'Domain keys, by domain and state.', () => {
      const byName = Map.groupBy(list(), ({ domain, state }) => `${domain} ${state}`)
      return [...byName.values()].flatMap(keys =>
        keys.slice(0, 1).map(({ domain, state }) => ({ labels: { domain, state }, value: keys.length })),
      )
    }),
    entities('done', 'Entities that are under the new domain keys.', ({ done }) => done),
    entities(
      'left',
      'Entities that are still to be brought under the new domain keys.',
      ({ total, done, phase }) => (phase === 'rewrapping' ? Math.max(0, total - done) : 0),
    ),
    entities(
      'broken',
      'Entities that do not verify, and so keep an old domain key needed.',
      ({ broken }) => broken.length,
    ),
  ]
}
