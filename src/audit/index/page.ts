import type { EventPage, EventPlace, EventQuery } from './event-query.ts'
import { comparePlaces, type FoundRecord } from './segment-search.ts'

/** Greater than the name of each file of the log. */
const afterAllFiles = '~'

/** The page of a lookup while it is made, from the newest records on. */
export class Page {
  readonly #query: EventQuery
  /** One more than the page shows, which says whether there are more. */
  readonly wantedMax: number
  #found: FoundRecord[] = []

  constructor(query: EventQuery) {
    this.#query = query
    this.wantedMax = query.limit + 1
  }

  add(found: readonly FoundRecord[]): void {
    if (found.length === 0) return
    const all = [...this.#found, ...found].sort((a, b) => comparePlaces(a.place, b.place))
    this.#found = all.slice(0, this.wantedMax)
  }

  /** Whether records that are not newer than a time cannot be on the page. */
  isFullAt(maxTime: number): boolean {
    const last = this.#found.at(this.wantedMax - 1)
    return last !== undefined && last.place.time > maxTime
  }

  /** The page, if every record was searched. */
  whole(): EventPage {
    const { limit } = this.#query
    const shown = this.#found.slice(0, limit)
    const next = this.#found.length > limit ? shown.at(-1)?.place : undefined
    return { lines: shown.map(({ line }) => line), ...(next && { next }) }
  }

  /** The page, if only records newer than a time were all searched. The next page begins with those of this time. */
  newerThan(time: number): EventPage {
    const { limit, to, before } = this.#query
    const certain = this.#found.filter(({ place }) => place.time > time)
    if (certain.length > limit) return this.whole()
    const end = { time: Math.min(time, Math.floor(to / 1000)), file: afterAllFiles, offset: 0 }
    const next: EventPlace = before !== undefined && comparePlaces(before, end) > 0 ? before : end
    return { lines: certain.map(({ line }) => line), next }
  }
}
