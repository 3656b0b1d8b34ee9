import type { Scope } from '../../domain/index.ts'
import { Column } from './column.ts'
import { eventIdKeyOf, type HashedKey, hashedKeyOf, scopeText, textsOf } from './lookup-keys.ts'
import type { RecordFacts } from './record-facts.ts'
import type { CallerFacts, EndFacts, EventFacts } from './record-parts.ts'
import type { OpenedSegment, Segment, Wanted } from './segment.ts'
import { HashedKeys } from './sorted-keys.ts'

/** The groups of the records of an account in a Region, by the parts of records that they have in common. */
interface ScopeGroups {
  readonly scope: Scope
  readonly key: HashedKey
  readonly callers: Map<CallerFacts, number>
  readonly events: Map<EventFacts, number>
  readonly ends: Map<EndFacts, number>
}

/**
 * The index of the newest records of a log file, in memory. A record is in three groups: of those with its caller, with its
 * event and with its end. The texts that lookups ask for are those of groups, so that a record costs little more than three
 * numbers.
 */
export class OpenSegment implements Segment {
  readonly file: string
  readonly from: number
  #to: number
  #minTime = Number.POSITIVE_INFINITY
  #maxTime = 0
  #isInOrder = true
  #order: Uint32Array | undefined
  readonly #times = new Column()
  readonly #offsets = new Column()
  readonly #callers = new Column()
  readonly #events = new Column()
  readonly #ends = new Column()
  readonly #eventIds = new HashedKeys()
  readonly #scopes = new Map<string, ScopeGroups>()
  #lastScope: ScopeGroups | undefined
  #groupCount = 0
  /** The groups that have each text. */
  readonly #groupsOfTexts = new Map<string, number[]>()

  constructor(file: string, from: number) {
    this.file = file
    this.from = from
    this.#to = from
  }

  get to(): number {
    return this.#to
  }

  get count(): number {
    return this.#times.length
  }

  get minTime(): number {
    return this.#minTime
  }

  get maxTime(): number {
    return this.#maxTime
  }

  /** Adds the record that is at an offset of the log file. */
  add(facts: RecordFacts, offset: number): void {
    const { time, caller, event, end, eventId } = facts
    const groups = this.#scopeOf(facts)
    const { scope } = groups
    this.#isInOrder &&= time >= this.#maxTime
    this.#minTime = Math.min(time, this.#minTime)
    this.#maxTime = Math.max(time, this.#maxTime)
    this.#times.push(time)
    this.#offsets.push(offset - this.from)
    this.#callers.push(this.#groupOf(groups.callers, caller, scope, textsOf.caller))
    this.#events.push(this.#groupOf(groups.events, event, scope, textsOf.event))
    this.#ends.push(this.#groupOf(groups.ends, end, scope, textsOf.end))
    this.#eventIds.push(eventIdKeyOf(groups.key, eventId))
  }

  /** Notes that the log file is indexed up to an offset. */
  reach(offset: number): void {
    this.#to = offset
  }

  /** The numbers of the records in the order of their times; undefined if they were added in this order. */
  get order(): Uint32Array | undefined {
    if (this.#isInOrder) return undefined
    if (this.#order?.length !== this.count) {
      const numbers = Uint32Array.from({ length: this.count }, (_, number) => number)
      this.#order = numbers.sort((a, b) => this.#times.at(a) - this.#times.at(b) || a - b)
    }
    return this.#order
  }

  /** The columns in the order of the records, for a file. */
  get columns() {
    const { order } = this
    const rank = order && Uint32Array.from(order)
    if (rank !== undefined) for (const [place, number] of order?.entries() ?? []) rank[number] = place
    return {
      times: this.#times.values(order),
      offsets: this.#offsets.values(order),
      groups: [this.#callers, this.#events, this.#ends].map(column => column.values(order)),
      eventIds: this.#eventIds,
      placeOf: (number: number) => rank?.[number] ?? number,
    }
  }

  get groupCount(): number {
    return this.#groupCount
  }

  /** The texts that lookups find records by, with the groups that have them. */
  get groupsOfTexts(): ReadonlyMap<string, readonly number[]> {
    return this.#groupsOfTexts
  }

  open(): OpenedSegment {
    const { order } = this
    const numberOf = order === undefined ? (place: number) => place : (place: number) => order[place] ?? 0
    return {
      timeOf: place => this.#times.at(numberOf(place)),
      offsetOf: place => this.from + this.#offsets.at(numberOf(place)),
      mark: wanted => this.#mark(wanted, numberOf),
      close: () => undefined,
    }
  }

  #mark(wanted: Wanted, numberOf: (place: number) => number): Uint8Array | undefined {
    const isWanted = 'text' in wanted ? this.#isOfText(wanted.text) : this.#isOfEvent(wanted.eventIdKey)
    if (isWanted === undefined) return undefined
    const marks = new Uint8Array(this.count)
    for (let place = 0; place < marks.length; place++) marks[place] = isWanted(numberOf(place)) ? 1 : 0
    return marks
  }

  #isOfText(text: string): ((number: number) => boolean) | undefined {
    const groups = this.#groupsOfTexts.get(text)
    if (groups === undefined) return undefined
    const isOfText = new Uint8Array(this.#groupCount)
    for (const group of groups) isOfText[group] = 1
    const columns = [this.#callers, this.#events, this.#ends]
    return number => columns.some(column => isOfText[column.at(number)] === 1)
  }

  #isOfEvent({ high, low }: HashedKey): (number: number) => boolean {
    return number => this.#eventIds.high(number) === high && this.#eventIds.low(number) === low
  }

  /** Returns the groups of an account and Region. Most records have those of the record before. */
  #scopeOf({ event: { region }, end: { accountId } }: RecordFacts): ScopeGroups {
    const last = this.#lastScope
    if (last?.scope.region === region && last.scope.accountId === accountId) return last
    const scope = { accountId, region }
    const text = scopeText(scope)
    this.#lastScope = entryOf(this.#scopes, text, () => {
      const key = hashedKeyOf(text)
      return { scope, key, callers: new Map(), events: new Map(), ends: new Map() }
    })
    return this.#lastScope
  }

  /** Returns the number of the group of a part, and adds the group if it is new. */
  #groupOf<T>(
    groups: Map<T, number>,
    part: T,
    scope: Scope,
    textsOfPart: (scope: Scope, part: T) => string[],
  ) {
    const known = groups.get(part)
    if (known !== undefined) return known
    const group = this.#groupCount++
    groups.set(part, group)
    for (const text of new Set(textsOfPart(scope, part)))
      entryOf(this.#groupsOfTexts, text, (): number[] => []).push(group)
    return group
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
