import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, otherWork } from '../../std/index.ts'
import { LogLines } from '../log/log-lines.ts'
import { listLogNames } from '../log/log-names.ts'
import type { FilePlace } from '../log/log-position.ts'
import type { WrittenBatch } from '../log/written-batch.ts'
import { Damaged } from './checked-file.ts'
import type { EventPage, EventQuery } from './event-query.ts'
import { FileIndex, type IndexPlaces, logNameOfSegment } from './file-index.ts'
import { Page } from './page.ts'
import { RecordParser } from './record-facts.ts'
import type { Segment, Wanted } from './segment.ts'
import { type FoundRecord, searchSegment, wantedBy } from './segment-search.ts'

/** A page that must wait longer for the index than this is short. */
const waitMaxMillis = 5000
/** The pause after an error of work in the background. */
const pauseMillis = 10_000
/** The number of records of a full segment. */
const segmentRecords = 131_072
/** The segments that are searched before other work has its turn. */
const segmentsAtOnce = 16
const daySeconds = 86_400
/** The records of a day's file have at most the times of its day, give or take a clock that was set. */
const disorderSeconds = 3600

/** The settings of an `Indexer`. */
export interface IndexerOptions {
  readonly logDirectory: string
  /** Where the index is; it can be deleted at any time while nothing runs. */
  readonly indexDirectory: string
  readonly clock: Clock
  /** The number of records of a full segment, for tests. */
  readonly segmentRecords?: number
  /** The longest time that a page waits for the index, for tests. */
  readonly waitMaxMillis?: number
  /** Reports an error of work in the background, which is tried again later. */
  onProblem(error: unknown): void
}

/**
 * The index of the durable log, which answers lookups. It follows the log by the batches that it is given, and reads from
 * the files what it was not given, so that it can begin, stop and lose its files at any time.
 */
export class Indexer {
  readonly #options: IndexerOptions
  readonly #places: IndexPlaces
  readonly #files = new Map<string, FileIndex>()
  /** The log files that are not in `#files` yet. */
  #unopened: string[] = []
  /** The end of the log as far as it is known to be on disk. */
  #end: FilePlace | undefined
  #running: Promise<void> | undefined
  #isClosed = false
  #pausedUntil = 0
  #progress = Promise.withResolvers<void>()

  private constructor(options: IndexerOptions) {
    this.#options = options
    const { logDirectory, indexDirectory, segmentRecords: recordsMax = segmentRecords } = options
    this.#places = { logDirectory, indexDirectory, recordsMax, parser: new RecordParser() }
  }

  /** Opens the index, and creates its directory if needed. Throws the system's error. */
  static open(options: IndexerOptions): Indexer {
    mkdirSync(options.indexDirectory, { recursive: true, mode: 0o700 })
    return new Indexer(options)
  }

  /** Notes bytes that are on disk. Never throws: what cannot be indexed now is read from the file later. */
  add({ file, offset, bytes }: WrittenBatch): void {
    this.#noteEnd({ file, offset: offset + bytes.length })
    const index = this.#files.get(file)
    if (index?.position !== offset) {
      this.#run()
      return
    }
    try {
      index.add(bytes)
    } catch (error) {
      this.#lose(file, error)
    }
  }

  /** Finds the records of an account and Region. Rejects if the index cannot be read. */
  async lookup(query: EventQuery): Promise<EventPage> {
    const { clock, waitMaxMillis: waitMax = waitMaxMillis } = this.#options
    const deadline = clock.now() + waitMax
    this.#noteEnd(query.durable)
    for (;;) {
      this.#run()
      const progress = this.#progress.promise
      const { page, isWhole } = await this.#search(query)
      if (isWhole || this.#isClosed || this.#running === undefined || clock.now() >= deadline) return page
      await Promise.race([progress, this.#running])
    }
  }

  /** Returns the size of the lines that are not indexed, of the log as far as the index knows of it. Throws the system's error. */
  missingBytes(): number {
    const { file = '', offset = 0 } = this.#end ?? {}
    const indexed = (name: string) => this.#files.get(name)?.position ?? 0
    const unfinished = [...this.#files.values()].flatMap(({ name, isFinished }) => (isFinished ? [] : [name]))
    const older = [...new Set([...this.#unopened, ...unfinished])].filter(name => name !== file)
    const missing = older.map(name => Math.max(0, this.#sizeOf(name) - indexed(name)))
    return missing.reduce((sum, size) => sum + size, Math.max(0, offset - indexed(file)))
  }

  /** Ends the work in the background. The next start indexes what is in no segment. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  /** The size of a log file; 0 for one that is gone. */
  #sizeOf(name: string): number {
    return statSync(join(this.#options.logDirectory, name), { throwIfNoEntry: false })?.size ?? 0
  }

  #noteEnd({ file, offset }: FilePlace): void {
    const isLater =
      this.#end === undefined ||
      file > this.#end.file ||
      (file === this.#end.file && offset > this.#end.offset)
    if (isLater) this.#end = { file, offset }
  }

  /** Starts to index what is missing, if it is not under way. */
  #run(): void {
    if (this.#running !== undefined || this.#isClosed || this.#isComplete()) return
    if (this.#options.clock.now() < this.#pausedUntil) return
    this.#running = this.#catchUp()
      .catch(error => this.#pause(error))
      .finally(() => {
        this.#running = undefined
        this.#wake()
      })
  }

  #isComplete(): boolean {
    const { file, offset } = this.#end ?? { file: '', offset: 0 }
    return (this.#files.get(file)?.position ?? 0) >= offset && this.#unopened.length === 0
  }

  /** Indexes the files of the log, the newest first. */
  async #catchUp(): Promise<void> {
    const end = this.#end?.file ?? ''
    const all = await listLogNames(this.#options.logDirectory)
    this.#forgetAllBut(all)
    const names = all.filter(name => name <= end)
    this.#unopened = names.filter(name => !this.#files.has(name))
    for (const name of names.reverse()) {
      // A file that is lost is put back, so that a lookup knows of it.
      this.#unopened = this.#unopened.filter(other => other !== name)
      try {
        await this.#catchUpFile(name)
      } catch (error) {
        this.#lose(name, error)
      }
      this.#wake()
    }
  }

  async #catchUpFile(name: string): Promise<void> {
    const index = this.#files.get(name) ?? FileIndex.open(this.#places, name)
    this.#files.set(name, index)
    if (index.isFinished) return
    const log = LogLines.open(this.#options.logDirectory, name)
    try {
      for (;;) {
        const isLast = this.#end?.file === name
        const lines = log.readChunk(index.position, isLast ? (this.#end?.offset ?? 0) : log.sizeBytes)
        if (lines.length > 0) index.add(lines)
        else {
          if (!isLast) index.finish()
          return
        }
        await otherWork()
        if (this.#isClosed || this.#files.get(name) !== index) return
      }
    } finally {
      log.close()
    }
  }

  /** Searches the segments from the newest on, and stops where the index is not complete. */
  async #search(query: EventQuery): Promise<{ page: EventPage; isWhole: boolean }> {
    const wanted = wantedBy(query)
    const page = new Page(query)
    const newestMissing = this.#newestMissing()
    const segments = this.#segmentsOf(query)
    for (const [place, segment] of segments.entries()) {
      if (page.isFullAt(segment.maxTime)) break
      if (segment.maxTime <= newestMissing && !page.isFullAt(newestMissing)) break
      if (place % segmentsAtOnce === segmentsAtOnce - 1) await otherWork()
      page.add(this.#searchOne(segment, query, wanted, page.wantedMax))
    }
    if (newestMissing < query.from / 1000 || page.isFullAt(newestMissing))
      return { page: page.whole(), isWhole: true }
    return { page: page.newerThan(newestMissing), isWhole: false }
  }

  /** The segments with records of the query's time, the newest first. */
  #segmentsOf({ from, to, before }: EventQuery): Segment[] {
    const [first, last] = [from / 1000, Math.min(to / 1000, before?.time ?? Number.POSITIVE_INFINITY)]
    return [...this.#files.values()]
      .flatMap(({ segments }) => segments)
      .filter(({ count, minTime, maxTime }) => count > 0 && maxTime >= first && minTime <= last)
      .sort((a, b) => b.maxTime - a.maxTime)
  }

  /** The latest time, in seconds, that a record which is not indexed may have. */
  #newestMissing(): number {
    const { file, offset } = this.#end ?? { file: '', offset: 0 }
    if ((this.#files.get(file)?.position ?? 0) < offset) return Number.POSITIVE_INFINITY
    const unfinished = [...this.#files.values()].filter(
      ({ name, isFinished }) => name !== file && !isFinished,
    )
    const names = [...this.#unopened, ...unfinished.map(({ name }) => name)]
    return Math.max(Number.NEGATIVE_INFINITY, ...names.map(endOfDay))
  }

  #searchOne(segment: Segment, query: EventQuery, wanted: Wanted, limit: number): FoundRecord[] {
    const { file } = segment
    const search = (searched: Segment) =>
      searchSegment(searched, query, wanted, () => LogLines.open(this.#options.logDirectory, file), limit)
    try {
      return search(segment)
    } catch (error) {
      const index = this.#files.get(file)
      if (index === undefined || !(error instanceof Damaged || isMissing(error))) throw error
      return this.#isLogged(file) ? search(this.#rebuild(index, segment, error)) : []
    }
  }

  /** Whether a file of the log is there. Retention deletes files, and then their index is forgotten. */
  #isLogged(file: string): boolean {
    const isThere = existsSync(join(this.#options.logDirectory, file))
    if (!isThere) this.#forget(file)
    return isThere
  }

  #rebuild(index: FileIndex, segment: Segment, cause: unknown): Segment {
    this.#options.onProblem(new Error(`a part of the index of ${segment.file} is made again`, { cause }))
    return index.rebuild(segment)
  }

  /** Forgets a file whose index cannot be continued. It is read again, unless it is gone. */
  #lose(name: string, error: unknown): void {
    this.#files.delete(name)
    if (isMissing(error)) return
    this.#unopened.push(name)
    this.#pause(error)
  }

  /** Waits before the next try: it may read much of the log again. */
  #pause(error: unknown): void {
    this.#pausedUntil = this.#options.clock.now() + pauseMillis
    this.#options.onProblem(error)
  }

  #forgetAllBut(names: readonly string[]): void {
    for (const name of this.#files.keys()) if (!names.includes(name)) this.#forget(name)
    const { indexDirectory } = this.#options
    for (const name of readdirSync(indexDirectory)) {
      const logName = logNameOfSegment(name)
      if (logName === undefined || !names.includes(logName))
        rmSync(join(indexDirectory, name), { force: true })
    }
  }

  #forget(name: string): void {
    this.#files.get(name)?.delete()
    this.#files.delete(name)
  }

  #wake(): void {
    const { resolve } = this.#progress
    this.#progress = Promise.withResolvers()
    resolve()
  }
}

/** The end of the day of a log file, in seconds. */
function endOfDay(name: string): number {
  const [day = ''] = /\d{4}-\d{2}-\d{2}/.exec(name) ?? []
  return Date.parse(day) / 1000 + daySeconds + disorderSeconds
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'
