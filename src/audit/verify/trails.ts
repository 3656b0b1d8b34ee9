import { gunzipSync } from 'node:zlib'
import { sha256Hex } from '../../std/index.ts'
import { type DeliveryLine, deliveryBegin, parseDelivery } from './delivery-line.ts'
import { besideRetention, readNumberedLines } from './numbered-lines.ts'

/** The objects of the buckets that trails are delivered to. */
export interface TrailObjects {
  get(
    bucket: string,
    key: string,
  ): Promise<{ readonly bytes: Uint8Array; readonly metadata: Readonly<Record<string, string>> } | undefined>
  list(bucket: string, prefix: string): AsyncIterable<string>
}

/** The outcome of a check of the buckets of trails. */
export interface TrailVerification {
  /** Sentences, each about an object. */
  readonly faults: readonly string[]
  /** Sentences about buckets that nobody could read, so that they are not judged. */
  readonly unread: readonly string[]
  readonly logFiles: number
  readonly digests: number
}

/** A log file has at most 50 MB compressed, and its text was limited before that. */
const textSizeMaxBytes = 256 * 1024 * 1024
const lineWaitsMillis = [0, 1500] as const

/**
 * Compares the buckets of trails with the log, which has a line for each object that was delivered, and is chained itself. So
 * it finds what `aws cloudtrail validate-logs` cannot see: newest digests that were removed, files that no digest names, a
 * chain that was started again, and a gap between two digests.
 */
export async function verifyTrails(directory: string, objects: TrailObjects): Promise<TrailVerification> {
  const { delivered, since, faults } = await readDeliveries(directory)
  const unread: string[] = []
  const strangers: string[] = []
  for (const [bucket, lines] of Map.groupBy(delivered.values(), ({ bucket }) => bucket)) {
    try {
      for (const line of lines) {
        const fault = await checkObject(line, objects)
        if (fault !== undefined) faults.push(`${placeOf(line.bucket, line.object)}: ${fault}`)
      }
      strangers.push(...(await findStrangers(lines, delivered, objects, since)))
    } catch (error) {
      // Objects that nobody can read prove nothing, and those of the other buckets do.
      unread.push(`s3://${bucket} cannot be read: ${(error as Error).message}`)
    }
  }
  for (const place of await stillStrange(directory, strangers))
    faults.push(`${place}: the audit log has no delivery of this object`)
  const digests = [...delivered.values()].filter(({ digest }) => digest !== undefined).length
  return { faults, unread, digests, logFiles: delivered.size - digests }
}

/** A server may have delivered objects since the log was read. The line of an object comes shortly after it. */
async function stillStrange(directory: string, strangers: readonly string[]): Promise<readonly string[]> {
  let left = strangers
  for (const waitMillis of lineWaitsMillis) {
    if (left.length === 0) return left
    await new Promise(resolve => setTimeout(resolve, waitMillis))
    const { delivered } = await readDeliveries(directory)
    left = left.filter(place => !delivered.has(place))
  }
  return left
}

interface Deliveries {
  /** The last line about each object, by its place. */
  readonly delivered: ReadonlyMap<string, DeliveryLine>
  /** The time at which the log begins. */
  readonly since: string
  /** The faults of the chains of digests. */
  readonly faults: string[]
}

function readDeliveries(directory: string): Promise<Deliveries> {
  return besideRetention(
    directory,
    () => readOnce(directory),
    () => false,
  )
}

async function readOnce(directory: string): Promise<Deliveries> {
  const delivered = new Map<string, DeliveryLine>()
  const faults: string[] = []
  const chains = new Map<string, DigestChain[]>()
  let since: string | undefined
  for await (const lines of readNumberedLines(directory)) {
    for (const { bytes, isTorn } of lines) {
      const isNeeded =
        since === undefined || bytes.toString('latin1', 0, deliveryBegin.length) === deliveryBegin
      if (isTorn || !isNeeded) continue
      const text = bytes.toString('utf8').trimEnd()
      since ??= timeOf(text)
      const line = parseDelivery(text)
      if (line === undefined) continue
      const name = `${line.trail} ${line.region}`
      const known = chains.get(name) ?? []
      chains.set(name, known)
      checkChain(line, known, faults)
      // A delivery that a crash interrupted has two lines, and the last one counts.
      delivered.set(placeOf(line.bucket, line.object), line)
    }
  }
  for (const known of chains.values()) faults.unshift(...findRestarts(known))
  return { delivered, since: since ?? '', faults }
}

const placeOf = (bucket: string, key: string) => `s3://${bucket}/${key}`

/** The time of the first line that has one: objects from before it are not in the log, because its files were deleted. */
function timeOf(line: string): string | undefined {
  return /"(?:eventTime|time)":"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})/.exec(line)?.[1]
}

/** A chain of digests, as far as the log has come. */
interface DigestChain {
  readonly start: DeliveryLine
  end: DeliveryLine
}

/**
 * Compares a digest with the one before it. A trail that was deleted during an outage of its bucket and made again has two
 * chains at a time.
 */
function checkChain(line: DeliveryLine, chains: DigestChain[], faults: string[]): void {
  const { digest } = line
  if (digest === undefined) return
  // A delivery that a crash interrupted has two lines.
  const repeated = chains.find(({ end }) => end.object === line.object)
  const before = repeated ?? chains.find(({ end }) => end.sha256 === digest.previous) ?? chains.at(-1)
  if (before === undefined || (digest.previous === undefined && repeated === undefined)) {
    chains.push({ start: line, end: line })
    return
  }
  const { end } = before
  before.end = line
  if (repeated !== undefined) return
  const place = placeOf(line.bucket, line.object)
  if (digest.previous !== end.sha256)
    faults.push(`${place}: the digest before it is not ${placeOf(end.bucket, end.object)}`)
  if (digest.from !== end.digest?.to)
    faults.push(`${place}: no digest covers the time from ${end.digest?.to} to ${digest.from}`)
}

/** Finds chains that began although the one before them never ended. */
function findRestarts(chains: readonly DigestChain[]): string[] {
  return chains.flatMap(({ start: { bucket, object } }, index) => {
    const before = chains[index - 1]
    return before === undefined || before.end.digest?.isLast === true
      ? []
      : [`${placeOf(bucket, object)}: the chain was started again, and the one before had no end`]
  })
}

/** Returns what is wrong with an object; undefined if nothing is. */
async function checkObject(
  { bucket, object, sha256, digest }: DeliveryLine,
  objects: TrailObjects,
): Promise<string | undefined> {
  const found = await objects.get(bucket, object)
  if (found === undefined) return 'missing'
  let text: Buffer
  try {
    text = gunzipSync(found.bytes, { maxOutputLength: textSizeMaxBytes })
  } catch {
    return 'not a gzip file'
  }
  if (sha256Hex(text) !== sha256) return 'the content differs from what was delivered'
  const isSigned = digest === undefined || found.metadata['signature'] === digest.signature
  return isSigned ? undefined : 'the signature differs from what was delivered'
}

/** Finds objects in the folders of the trails that the log does not know. */
async function findStrangers(
  lines: readonly DeliveryLine[],
  delivered: ReadonlyMap<string, DeliveryLine>,
  objects: TrailObjects,
  since: string,
): Promise<string[]> {
  const folders = new Map<string, readonly [string, string]>()
  for (const { bucket, object } of lines) {
    // `[prefix/]AWSLogs/ACCOUNT/CloudTrail[-Digest]/REGION/` comes before the date.
    const [folder] = /^(?:.*\/)?AWSLogs\/\d{12}\/CloudTrail(?:-Digest)?\/[^/]+\//.exec(object) ?? []
    if (folder === undefined) continue
    // A folder without any delivery, such as that of the digests when all lines are of log files, is looked into as well.
    for (const kind of ['CloudTrail', 'CloudTrail-Digest']) {
      const path = folder.replace(/CloudTrail(?:-Digest)?(\/[^/]+\/)$/, `${kind}$1`)
      folders.set(placeOf(bucket, path), [bucket, path])
    }
  }
  const strangers: string[] = []
  for (const [bucket, folder] of folders.values())
    for await (const key of objects.list(bucket, folder)) {
      if (!delivered.has(placeOf(bucket, key)) && minuteOf(key) >= since) strangers.push(placeOf(bucket, key))
    }
  return strangers
}

/** The minute in the name of an object, as in the lines of the log; a name without one is as new as can be. */
function minuteOf(key: string): string {
  const [, year, month, day, hour, minute] = /_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})/.exec(key) ?? []
  return year === undefined ? '9' : `${year}-${month}-${day}T${hour}:${minute}`
}
