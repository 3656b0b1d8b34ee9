import { closeSync, openSync, readdirSync, renameSync, rmSync, writevSync } from 'node:fs'
import { join } from 'node:path'
import { Damaged } from './checked-file.ts'
import { ClosedSegment, encodeSegment } from './closed-segment.ts'
import { LogLines } from './log-lines.ts'
import { OpenSegment } from './open-segment.ts'
import type { RecordParser } from './record-facts.ts'
import type { Segment } from './segment.ts'

/** The directories of a log and its index, and what all files of the index share. */
export interface IndexPlaces {
  readonly logDirectory: string
  readonly indexDirectory: string
  readonly parser: RecordParser
  /** The number of records of a full segment. */
  readonly recordsMax: number
}

/** A segment has at most this many bytes of the log, because offsets have 32 bits. */
const spanMaxBytes = 2 ** 31

/** The index of one file of the log: its closed segments, which follow each other from its begin, and the open one. */
export class FileIndex {
  readonly name: string
  readonly #places: IndexPlaces
  readonly #closed: ClosedSegment[] = []
  #open: OpenSegment
  #isFinished = false

  private constructor(places: IndexPlaces, name: string) {
    this.#places = places
    this.name = name
    this.#open = new OpenSegment(name, 0)
  }

  /**
   * Opens the index of a log file. Keeps the segments that follow each other from the begin of the file and fit its bytes,
   * and deletes the others. Throws the system's error if the log file cannot be read.
   */
  static open(places: IndexPlaces, name: string): FileIndex {
    const index = new FileIndex(places, name)
    const log = LogLines.open(places.logDirectory, name)
    try {
      let isWhole = true
      for (const segmentName of segmentNamesOf(places.indexDirectory, name)) {
        isWhole &&= index.#takeIfFits(segmentName, log)
        if (!isWhole) rmSync(join(places.indexDirectory, segmentName), { force: true })
      }
    } finally {
      log.close()
    }
    index.#open = new OpenSegment(name, index.#closed.at(-1)?.to ?? 0)
    return index
  }

  /** The end of the lines that are indexed. */
  get position(): number {
    return this.#open.to
  }

  /** Whether all of the log file is indexed, and no more follows. */
  get isFinished(): boolean {
    return this.#isFinished
  }

  get segments(): Segment[] {
    return this.#open.count === 0 ? [...this.#closed] : [...this.#closed, this.#open]
  }

  /** Adds the lines that follow the position. */
  add(lines: Buffer): void {
    const text = lines.toString('latin1')
    for (let start = 0; start < text.length; ) {
      start = this.#fill(this.#open, text, start)
      const isFull = this.#open.count >= this.#places.recordsMax
      if (isFull || this.position - this.#open.from > spanMaxBytes) this.#close()
    }
  }

  /** Closes the last segment, because the log file gets no more lines. */
  finish(): void {
    if (this.position > this.#open.from) this.#close()
    this.#isFinished = true
  }

  /** Makes a segment of the log again, because its file is missing or damaged. Throws the system's error. */
  rebuild(damaged: Segment): Segment {
    const place = this.#closed.findIndex(({ from }) => from === damaged.from)
    if (place === -1) throw new Damaged('the index has no such segment any more')
    const segment = new OpenSegment(this.name, damaged.from)
    const log = LogLines.open(this.#places.logDirectory, this.name)
    try {
      while (segment.to < damaged.to) {
        const lines = log.readChunk(segment.to, damaged.to)
        if (lines.length === 0) throw new Damaged(`the log file ${this.name} has become shorter`)
        this.#fill(segment, lines.toString('latin1'), 0)
      }
    } finally {
      log.close()
    }
    const made = this.#write(segment, place)
    this.#closed.splice(place, 1, made)
    return made
  }

  /** Deletes the files of the segments. */
  delete(): void {
    for (const { name } of this.#closed) rmSync(join(this.#places.indexDirectory, name), { force: true })
  }

  /** Adds lines of a text to a segment until it is full. Returns the place in the text after them. */
  #fill(segment: OpenSegment, text: string, from: number): number {
    const { parser, recordsMax } = this.#places
    const begin = segment.to - from
    let start = from
    while (start < text.length && segment.count < recordsMax) {
      const end = text.indexOf('\n', start)
      const facts = parser.parse(text, start, end)
      if (facts !== undefined) segment.add(facts, begin + start)
      start = end + 1
    }
    segment.reach(begin + start)
    return start
  }

  #takeIfFits(segmentName: string, log: LogLines): boolean {
    const expected = segmentNameOf(this.name, this.#closed.length)
    if (segmentName !== expected) return false
    try {
      const segment = ClosedSegment.find(this.#places.indexDirectory, segmentName)
      const { file, from, to, edges } = segment
      const follows = file === this.name && from === (this.#closed.at(-1)?.to ?? 0)
      if (!follows || to > log.sizeBytes || edges !== log.edgesOf(from, to)) return false
      this.#closed.push(segment)
      return true
    } catch (error) {
      if (error instanceof Damaged || error instanceof SyntaxError) return false
      throw error
    }
  }

  #close(): void {
    this.#closed.push(this.#write(this.#open, this.#closed.length))
    this.#open = new OpenSegment(this.name, this.#open.to)
  }

  #write(segment: OpenSegment, number: number): ClosedSegment {
    const { logDirectory, indexDirectory } = this.#places
    const log = LogLines.open(logDirectory, this.name)
    const name = segmentNameOf(this.name, number)
    try {
      writeWhole(join(indexDirectory, name), encodeSegment(segment, log.edgesOf(segment.from, segment.to)))
    } finally {
      log.close()
    }
    return ClosedSegment.find(indexDirectory, name)
  }
}

/**
 * Writes a file that appears whole. It is not synced, because a file that a crash damages is made again from the log, and
 * syncs would delay those of the log.
 */
function writeWhole(path: string, parts: Uint8Array[]): void {
  const temporary = `${path}.new`
  const descriptor = openSync(temporary, 'w', 0o600)
  try {
    let rest = parts.filter(part => part.length > 0)
    while (rest.length > 0) rest = withoutFirst(rest, writevSync(descriptor, rest))
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, path)
}

function withoutFirst(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count
  return parts.flatMap(part => {
    const taken = Math.min(left, part.length)
    left -= taken
    return taken === part.length ? [] : [part.subarray(taken)]
  })
}

const suffix = '.idx'

/** The name of a segment of a log file, such as `keyward-2026-11-30.000003.idx`. */
function segmentNameOf(logName: string, number: number): string {
  return `${logName.slice(0, -'.jsonl'.length)}.${String(number).padStart(6, '0')}${suffix}`
}

/** The names of the segments of a log file, in their order. */
function segmentNamesOf(indexDirectory: string, logName: string): string[] {
  return readdirSync(indexDirectory)
    .filter(name => logNameOfSegment(name) === logName)
    .sort()
}

/** Returns the name of the log file of a segment; undefined for the name of a different file. */
export function logNameOfSegment(name: string): string | undefined {
  const [, stem] = /^(keyward-.+)\.\d{6}\.idx$/.exec(name) ?? []
  return stem === undefined ? undefined : `${stem}.jsonl`
}
