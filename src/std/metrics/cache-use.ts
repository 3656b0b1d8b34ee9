import type { Metric } from './metric.ts'
import { byLabel, reading } from './reading.ts'

/** How a cache was used. The cache itself counts, since that costs it a nanosecond. */
export class CacheUse {
  hits = 0
  misses = 0
  readonly #countEntries: () => number

  constructor(countEntries: () => number) {
    this.#countEntries = countEntries
  }

  get entries(): number {
    return this.#countEntries()
  }
}

/** Returns the metrics of caches, by their names. */
export function cacheMetrics(caches: Readonly<Record<string, CacheUse>>): Metric[] {
  const each = (read: (use: CacheUse) => number) => () =>
    byLabel(
      'cache',
      Object.entries(caches).map(([name, use]) => [name, read(use)]),
    )
  return [
    reading(
      'gauge',
      'keyward_cache_entries',
      'Entries in a cache.',
      each(({ entries }) => entries),
    ),
    reading(
      'counter',
      'keyward_cache_hits_total',
      'Look-ups that a cache answered.',
      each(({ hits }) => hits),
    ),
    reading(
      'counter',
      'keyward_cache_misses_total',
      'Look-ups for which the database was read.',
      each(({ misses }) => misses),
    ),
  ]
}
