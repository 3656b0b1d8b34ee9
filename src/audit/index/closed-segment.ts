import { join } from 'node:path'
import { isJsonObject } from '../../std/index.ts'
import { CheckedFile, checkedFileOf, Damaged, type FileEnding } from './checked-file.ts'
import { type HashedKey, hashedKeyOf } from './lookup-keys.ts'
import { eachNumber, encodeLists } from './number-lists.ts'
import type { OpenSegment } from './open-segment.ts'
import type { OpenedSegment, Segment, SegmentRange, Wanted } from './segment.ts'
import { findKey, HashedKeys, sortKeys } from './sorted-keys.ts'

const version = 1
const wordSizeBytes = 4
const entrySizeBytes = 8
/** More lists than these are read all at once. */
const listsReadApart = 16

/** The sections of a segment, in their order in the file. */
const sections = [
  'times',
  'offsets',
  'eventIds',
  'texts',
  'groupListEnds',
  'groupLists',
  'recordListEnds',
  'recordLists',
] as const
type Section = (typeof sections)[number]

/** The head of a segment's file. */
export interface SegmentHead extends SegmentRange {
  readonly version: number
  /** A digest of the first and the last bytes of the range in the log file. */
  readonly edges: string
  readonly sizes: Readonly<Record<Section, number>>
}

/** Returns the bytes of the file of a segment, in parts. */
export function encodeSegment(segment: OpenSegment, edges: string): Uint8Array[] {
  const { file, from, to, count, minTime, maxTime, columns, groupsOfTexts } = segment
  const { times, offsets, groups, eventIds, placeOf } = columns
  const texts = HashedKeys.of(Array.from(groupsOfTexts.keys(), hashedKeyOf))
  const groupLists = encodeLists([...groupsOfTexts.values()])
  const recordLists = encodeLists(recordsOfGroups(groups, segment.groupCount))
  const body: Record<Section, Uint8Array> = {
    times: bytesOf(times),
    offsets: bytesOf(offsets),
    eventIds: sortKeys(eventIds, placeOf),
    texts: sortKeys(texts),
    groupListEnds: bytesOf(groupLists.ends),
    groupLists: groupLists.bytes,
    recordListEnds: bytesOf(recordLists.ends),
    recordLists: recordLists.bytes,
  }
  const sizes = Object.fromEntries(sections.map(name => [name, body[name].length])) as Record<Section, number>
  const head: SegmentHead = {
    ...{ version, file, from, to, count, edges, sizes },
    minTime: count === 0 ? 0 : minTime,
    maxTime,
  }
  return checkedFileOf(
    head,
    sections.map(name => body[name]),
  )
}

/** The index of a range of a log file, in a file that never changes. */
export class ClosedSegment implements Segment {
  readonly name: string
  readonly file: string
  readonly from: number
  readonly to: number
  readonly count: number
  readonly minTime: number
  readonly maxTime: number
  readonly edges: string
  readonly #path: string
  readonly #head: SegmentHead
  /** Kept, because a lookup opens every segment: some kilobytes for each. */
  readonly #ending: FileEnding

  private constructor(directory: string, name: string, ending: FileEnding) {
    this.name = name
    this.#path = join(directory, name)
    this.#ending = ending
    const head = headOf(ending)
    this.#head = head
    this.file = head.file
    this.from = head.from
    this.to = head.to
    this.count = head.count
    this.minTime = head.minTime
    this.maxTime = head.maxTime
    this.edges = head.edges
  }

  /** Finds the segment of a file. Throws Damaged, and the system's error. */
  static find(directory: string, name: string): ClosedSegment {
    return new ClosedSegment(directory, name, CheckedFile.readEnding(join(directory, name)))
  }

  open(): OpenedSegment {
    return new SegmentReader(CheckedFile.open(this.#path, this.#ending), this.#head)
  }
}

/** A segment's file while a lookup reads it. */
class SegmentReader implements OpenedSegment {
  readonly #file: CheckedFile
  readonly #head: SegmentHead
  readonly #starts: Readonly<Record<Section, number>>

  constructor(file: CheckedFile, head: SegmentHead) {
    this.#file = file
    this.#head = head
    let start = 0
    const starts: [Section, number][] = sections.map(name => {
      start += head.sizes[name]
      return [name, start - head.sizes[name]]
    })
    this.#starts = Object.fromEntries(starts) as Record<Section, number>
  }

  timeOf(number: number): number {
    return this.#word('times', number)
  }

  offsetOf(number: number): number {
    return this.#head.from + this.#word('offsets', number)
  }

  mark(wanted: Wanted): Uint8Array | undefined {
    const isById = 'eventIdKey' in wanted
    const found = isById ? this.#find('eventIds', wanted.eventIdKey) : this.#find('texts', wanted.key)
    if (found.length === 0) return undefined
    const marks = new Uint8Array(this.#head.count)
    const mark = (number: number) => {
      marks[number] = 1
    }
    if (isById) {
      for (const number of found) mark(number)
      return marks
    }
    const groups: number[] = []
    this.#eachOfLists('group', found, group => groups.push(group))
    this.#eachOfLists('record', groups, mark)
    return marks
  }

  close(): void {
    this.#file.close()
  }

  #find(section: 'eventIds' | 'texts', key: HashedKey): number[] {
    return findKey(key, this.#head.sizes[section] / entrySizeBytes, (offset, length) =>
      this.#read(section, offset, length),
    )
  }

  #eachOfLists(of: 'group' | 'record', lists: readonly number[], visit: (number: number) => void): void {
    const isMany = lists.length > listsReadApart
    const bytes = isMany ? this.#read(`${of}Lists`, 0, this.#head.sizes[`${of}Lists`]) : undefined
    const ends = isMany ? this.#read(`${of}ListEnds`, 0, this.#head.sizes[`${of}ListEnds`]) : undefined
    const endOf = (list: number) =>
      list < 0 ? 0 : (ends?.readUInt32LE(list * wordSizeBytes) ?? this.#word(`${of}ListEnds`, list))
    for (const list of lists) {
      const [start, end] = [endOf(list - 1), endOf(list)]
      eachNumber(bytes?.subarray(start, end) ?? this.#read(`${of}Lists`, start, end - start), visit)
    }
  }

  #word(section: Section, index: number): number {
    return this.#read(section, index * wordSizeBytes, wordSizeBytes).readUInt32LE()
  }

  #read(section: Section, offset: number, length: number): Buffer {
    if (offset + length > this.#head.sizes[section]) throw new Damaged(`its section ${section} is too short`)
    return this.#file.read(this.#starts[section] + offset, length)
  }
}

function headOf({ head }: FileEnding): SegmentHead {
  if (!isJsonObject(head) || head['version'] !== version) throw new Damaged('it has a different version')
  return head as unknown as SegmentHead
}

/** The records of each group, in their order. */
function recordsOfGroups(columns: readonly Uint32Array[], groupCount: number): Uint32Array[] {
  const counts = new Uint32Array(groupCount)
  for (const column of columns) for (const group of column) counts[group] = (counts[group] ?? 0) + 1
  const lists = Array.from(counts, count => new Uint32Array(count))
  counts.fill(0)
  for (const column of columns) {
    for (let number = 0; number < column.length; number++) {
      const group = column[number] ?? 0
      const place = counts[group] ?? 0
      const list = lists[group]
      if (list !== undefined) list[place] = number
      counts[group] = place + 1
    }
  }
  return lists
}

const bytesOf = (words: Uint32Array) => Buffer.from(words.buffer, words.byteOffset, words.byteLength)
