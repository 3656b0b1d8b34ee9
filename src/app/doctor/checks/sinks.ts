import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import {
  findLastBlock,
  headMarker,
  type LogPosition,
  listLogNames,
  parseHead,
  placeInStream,
  readLines,
} from '../../../audit/index.ts'
import { type Millis, parseJson } from '../../../std/index.ts'
import type { SinkConfig, WitnessConfig } from '../../config/audit-sinks.ts'
import { sinkCursorName, witnessCursorName } from '../../parts/log-readers.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { OpenedRows, Subject } from '../subject.ts'

/** The longest wait between the attempts of a sink that fails. */
const lagNoticedMillis = 300_000
/** A place in the database is older than the one of the server, which saves it every five seconds. */
const savedLateMillis = 10_000

interface Reader {
  readonly kind: 'sink' | 'witness'
  readonly name: string
  readonly cursorName: string
  /** Returns when a line that it takes was written; undefined for a line that it does not take. */
  readonly timeOf: (line: string) => Millis | undefined
  readonly lagMaxMillis: Millis | undefined
  readonly target: SinkConfig['target'] | WitnessConfig['target']
}

/** Checks that sinks and witnesses are not behind, and that their directories can be written. */
export async function checkSinks(subject: Subject): Promise<readonly Finding[]> {
  const readers = readersOf(subject)
  if (readers.length === 0) return [ok('There are no sinks and no witnesses.')]
  const findings: Finding[] = readers.flatMap(judgeTarget)
  const rows = await subject.rows()
  // A test clock makes records old, and a stopped server delivers nothing.
  const isComparable = subject.isRunning && subject.config.testClock === 'off' && 'value' in rows
  if (isComparable)
    for (const reader of readers) findings.push(...(await judgeReader(subject, rows.value, reader)))
  if (findings.length > 0) return findings
  return [
    isComparable
      ? ok(`${readers.length} sinks and witnesses have what they wait for.`)
      : ok('The directories of sinks and witnesses can be written. How far behind they are was not checked.'),
  ]
}

function readersOf({ config: { audit } }: Subject): readonly Reader[] {
  const recordTime = (line: string) =>
    line.startsWith('{"eventVersion":')
      ? Date.parse((parseJson(line) as { eventTime: string }).eventTime)
      : undefined
  const headTime = (line: string) =>
    line.startsWith(headMarker) ? Date.parse(parseHead(line)?.time ?? '') : undefined
  return [
    ...audit.sinks.map(({ name, target, lagMaxMillis }) => ({
      ...{ kind: 'sink' as const, name, target, lagMaxMillis },
      ...{ cursorName: sinkCursorName(name), timeOf: recordTime },
    })),
    ...audit.witnesses.map(({ name, target }) => ({
      ...{ kind: 'witness' as const, name, target, lagMaxMillis: undefined },
      ...{ cursorName: witnessCursorName(name), timeOf: headTime },
    })),
  ]
}

function judgeTarget({ kind, name, target }: Reader): readonly Finding[] {
  if (target.type !== 'directory' && target.type !== 'file') return []
  const path = target.type === 'directory' ? target.path : dirname(target.path)
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return []
  } catch (error) {
    return [
      fault(
        `The ${kind} ${name} cannot write to ${path}: ${(error as Error).message}.`,
        'Mount the directory, and allow the user of the server to write to it.',
      ),
    ]
  }
}

async function judgeReader(
  { directory, now }: Subject,
  { store }: OpenedRows,
  reader: Reader,
): Promise<readonly Finding[]> {
  const stream = (await findLastBlock(directory.auditLogs))?.stream ?? ''
  const place = placeInStream(await store.reader.auditCursors.find(reader.cursorName), stream)
  if (place === undefined) return []
  const since = await oldestWaiting(directory.auditLogs, place, reader)
  return since === undefined ? [] : judgeLag(reader, now - since)
}

/** Returns when the oldest line was written that a reader has not. */
async function oldestWaiting(
  directory: string,
  from: LogPosition,
  { timeOf }: Reader,
): Promise<Millis | undefined> {
  const names = await listLogNames(directory)
  for (const { line } of readLines({ directory, names, from, skipsDeleted: true })) {
    const at = timeOf(line)
    if (at !== undefined && !Number.isNaN(at)) return at
  }
  return undefined
}

/** Judges the time for which the oldest line has waited. */
export function judgeLag(
  { kind, name, lagMaxMillis }: Pick<Reader, 'kind' | 'name' | 'lagMaxMillis'>,
  lagMillis: Millis,
): readonly Finding[] {
  const found = `The ${kind} ${name} is ${Math.floor(lagMillis / 60_000)} minutes behind.`
  const remedy = `See the log of the server for the reason, and the ${kind} itself.`
  if (lagMaxMillis !== undefined && lagMillis > lagMaxMillis + savedLateMillis)
    return [fault(`${found} Beyond its limit, calls are refused.`, remedy)]
  return lagMillis > lagNoticedMillis ? [warn(found, remedy)] : []
}
