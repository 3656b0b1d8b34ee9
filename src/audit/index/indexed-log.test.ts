import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { systemClock, uuid } from '../../std/index.ts'
import type { EventPage, EventQuery, LookupKey } from './event-query.ts'
import { Indexer, type IndexerOptions } from './indexer.ts'

// A log with an index, for tests: the answers of the index against a search through all lines.

export const account = '111122223333'
export const other = '444455556666'
export const region = 'us-east-1'
export const day = Date.parse('2026-11-24T00:00:00Z') / 1000
export const today = 'keyward-2026-11-24.jsonl'
export const part = 'keyward-2026-11-24.p0001.jsonl'
export const tomorrow = 'keyward-2026-11-25.jsonl'
export const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'

interface Fields {
  readonly time?: number
  readonly accountId?: string
  readonly region?: string
  readonly eventName?: string
  readonly user?: string
  readonly isReadOnly?: boolean
  readonly key?: string
  readonly eventId?: string
}

/** A record with its members in the order of CloudTrail's. */
export function lineOf(fields: Fields = {}): string {
  const { time = day, accountId = account, eventName = 'Decrypt', user = 'alice', key = keyId } = fields
  const { isReadOnly = true, eventId = uuid(), region: awsRegion = region } = fields
  const ARN = `arn:aws:kms:${awsRegion}:${accountId}:key/${key}`
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', accountId, accessKeyId: `AKIA${user.toUpperCase()}`, userName: user },
    eventTime: `${new Date(time * 1000).toISOString().slice(0, 19)}Z`,
    ...{
      eventSource: 'kms.amazonaws.com',
      eventName,
      awsRegion,
      sourceIPAddress: '127.0.0.1',
      userAgent: 'x',
    },
    requestParameters: { encryptionContext: { eventID: uuid(), readOnly: 'false', keyward: '{' } },
    ...{ responseElements: null, requestID: uuid(), eventID: eventId, readOnly: isReadOnly },
    resources: [{ accountId, type: 'AWS::KMS::Key', ARN }],
    ...{ eventType: 'AwsApiCall', managementEvent: true, recipientAccountId: accountId },
    eventCategory: 'Management',
  })
}

/** Makes a directory with a log, which is removed after the test. */
export function indexedLog(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'keyward-index-'))
  const directories = { logDirectory: join(root, 'audit'), indexDirectory: join(root, 'audit-index') }
  mkdirSync(directories.logDirectory)
  const problems: unknown[] = []
  const opened: Indexer[] = []
  t.after(async () => {
    for (const indexer of opened) await indexer.close()
    rmSync(root, { recursive: true })
  })

  /** Opens an index whose segments are small, so that a test has many. */
  function openIndex(changes: Partial<IndexerOptions> = {}): Indexer {
    const onProblem = (error: unknown) => problems.push(error)
    const options = { ...directories, clock: systemClock, segmentRecords: 10, onProblem, ...changes }
    const indexer = Indexer.open(options)
    opened.push(indexer)
    return indexer
  }

  /** Appends lines to a log file, and returns them as the batch of one write. */
  function append(file: string, lines: readonly string[]) {
    const path = join(directories.logDirectory, file)
    const offset = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''))
    appendFileSync(path, bytes)
    return { file, offset, bytes }
  }

  function endOfLog() {
    const file = readdirSync(directories.logDirectory).sort().at(-1) ?? today
    return { stream: 'one', file, offset: statSync(join(directories.logDirectory, file)).size }
  }

  function queryOf(changes: Partial<EventQuery> = {}): EventQuery {
    const range = { from: (day - 90 * 86_400) * 1000, to: (day + 3 * 86_400) * 1000 }
    return { scope: { accountId: account, region }, ...range, limit: 50, durable: endOfLog(), ...changes }
  }

  const by = (key: LookupKey, value: string) => queryOf({ attribute: { key, value } })
  /** The event ids that a search through all lines of the log finds, in the order of pages. */
  function expectedIds(isWanted: (record: Record<string, unknown>, line: string) => boolean): string[] {
    const found = readdirSync(directories.logDirectory)
      .sort()
      .flatMap(name => readFileSync(join(directories.logDirectory, name), 'utf8').split('\n'))
      .filter(line => line.startsWith('{"eventVersion"'))
      .map((line, place) => ({ record: JSON.parse(line) as Record<string, string>, line, place }))
      .filter(({ record }) => record['recipientAccountId'] === account && record['awsRegion'] === region)
      .filter(({ record, line }) => isWanted(record, line))
    const time = (record: Record<string, string>) => Date.parse(record['eventTime'] ?? '')
    found.sort((a, b) => time(b.record) - time(a.record) || b.place - a.place)
    return found.map(({ record }) => record['eventID'] ?? '')
  }

  return { ...directories, problems, openIndex, append, queryOf, by, expectedIds }
}

/** The event ids of a page. */
export const idsOf = ({ lines }: EventPage) =>
  lines.map(line => (JSON.parse(line) as { eventID: string }).eventID)

/** The event ids of all pages of a query. */
export async function allIds(indexer: Indexer, query: EventQuery): Promise<string[]> {
  const ids: string[] = []
  for (let before = query.before; ; ) {
    const page = await indexer.lookup({ ...query, ...(before && { before }) })
    ids.push(...idsOf(page))
    if (page.next === undefined) return ids
    before = page.next
  }
}
