import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { type LogPosition, listLogNames, placeInStream, shownRecord } from '../../audit/index.ts'
import {
  DirectorySink,
  FileWitness,
  KeywardWitness,
  type Sink,
  SinkRunner,
  StdoutSink,
  SyslogSink,
  selectHead,
  WebhookSink,
  WebhookWitness,
} from '../../delivery/index.ts'
import { monotonicMillis, OperatorError, systemClock } from '../../std/index.ts'
import { type NamedRunner, sinkMetrics } from '../../telemetry/index.ts'
import type {
  KeywardTarget,
  RemoteTarget,
  SinkConfig,
  SinkTarget,
  WitnessConfig,
} from '../config/audit-sinks.ts'
import type { Config } from '../config/config.ts'
import { readCredentialsFile } from '../config/credentials-file.ts'
import type { Base } from './base.ts'
import { sinkCursorName, witnessCursorName } from './log-readers.ts'
import type { State } from './state.ts'

const recordBegin = '{"eventVersion":'

/** Records without what only the durable log may show; not the lines of the log itself. */
const selectRecord = (line: string) => (line.startsWith(recordBegin) ? shownRecord(line) : undefined)

/** Starts what takes the audit log elsewhere. A sink whose lag has a limit makes the server refuse calls beyond it. */
export function startSinks(base: Base, state: State): readonly SinkRunner[] {
  const { sinks, witnesses } = base.config.audit
  const named: readonly NamedRunner[] = [
    ...sinks.map(
      config => ({ kind: 'sink', name: config.name, runner: startSink(base, state, config) }) as const,
    ),
    ...witnesses.map(
      config => ({ kind: 'witness', name: config.name, runner: startWitness(base, state, config) }) as const,
    ),
  ]
  const of = (wanted: NamedRunner['kind']) =>
    named.filter(({ kind }) => kind === wanted).map(({ runner }) => runner)
  base.cleanup.add(async () => {
    const saves = of('witness').map(runner => runner.saveLast())
    await Promise.all([...saves, ...of('sink').map(runner => runner.close())])
  })
  // Witnesses get the head that the stop signs, too.
  state.afterLastHead.add(async () => {
    await Promise.all(of('witness').map(runner => runner.close()))
  })
  base.metrics?.add(() => sinkMetrics(named))
  return named.map(({ runner }) => runner)
}

function startSink(base: Base, state: State, { name, target, lagMaxMillis }: SinkConfig): SinkRunner {
  checkTarget(name, target, state.directory.auditLogs)
  const runner = startRunner(base, state, sinkCursorName(name), openSink(base, target), selectRecord)
  if (lagMaxMillis !== undefined) refuseWhileBehind(base, state, name, () => runner.lag.millis > lagMaxMillis)
  return runner
}

function refuseWhileBehind({ log }: Base, { audit }: State, sink: string, isBehind: () => boolean): void {
  const reason = `the sink ${sink} is too far behind`
  let wasBehind = false
  audit.alsoFailsWhile(() => {
    const is = isBehind()
    if (is && !wasBehind) log.fatal({ sink }, 'a sink is too far behind; every request fails until it is not')
    if (!is && wasBehind) log.warn({ sink }, 'the sink has caught up; requests are answered again')
    wasBehind = is
    return is ? reason : undefined
  })
}

/** A sink has files of the same names as the log, so in the directory of the log it would write into the log. */
function checkTarget(name: string, target: SinkTarget, auditLogs: string): void {
  if (target.type !== 'directory' || !existsSync(target.path)) return
  if (realpathSync(target.path) === realpathSync(auditLogs))
    throw new OperatorError(`The sink ${name} must not write into the audit log itself: ${target.path}`)
}

function startWitness(base: Base, state: State, { name, target }: WitnessConfig): SinkRunner {
  return startRunner(base, state, witnessCursorName(name), openWitness(base, target), selectHead)
}

function openWitness(base: Base, target: WitnessConfig['target']): Sink {
  if (target.type === 'file') return new FileWitness(target.path)
  return target.type === 'keyward'
    ? openKeywardWitness(base.config, target)
    : new WebhookWitness(openWebhook(base, target))
}

/** Opens the client of a witness that is a different Keyward. */
export function openKeywardWitness({ outbound }: Config, target: KeywardTarget): KeywardWitness {
  const { url, region, ca, credentialsPath } = target
  const credentials = () => readCredentialsFile(credentialsPath)
  return new KeywardWitness({ url, region, ca, credentials, outbound, clock: systemClock })
}

function openSink(base: Base, target: SinkTarget): Sink {
  if (target.type === 'directory') return new DirectorySink(target.path)
  if (target.type === 'stdout') return new StdoutSink(process.stdout)
  if (target.type === 'webhook') return openWebhook(base, target)
  return new SyslogSink({ url: target.url, ca: target.ca, outbound: base.config.outbound })
}

function openWebhook({ config }: Base, target: RemoteTarget): WebhookSink {
  const { url, ca, secretPath } = target
  const secret = secretPath === undefined ? undefined : () => readSecret(secretPath)
  return new WebhookSink({ url, ca, secret, outbound: config.outbound })
}

/** An HMAC under an empty secret is one that anybody can make. */
function readSecret(path: string): string {
  const secret = readFileSync(path, 'utf8').trim()
  if (secret === '') throw new Error(`${path} has no secret`)
  return secret
}

function startRunner(
  { log }: Base,
  { directory, store, auditLog }: State,
  name: string,
  sink: Sink,
  select: (line: string) => string | undefined,
): SinkRunner {
  const runner = new SinkRunner({
    source: {
      directory: directory.auditLogs,
      listNames: () => listLogNames(directory.auditLogs),
      position: () => auditLog.position,
      sync: () => auditLog.sync(),
      loadCursor: async () => {
        const { stream } = auditLog.position
        return placeInStream(await store.reader.auditCursors.find(name), stream)
      },
      saveCursor: (place: LogPosition) => store.write(writer => writer.auditCursors.put(name, place)),
    },
    sink,
    select,
    // Not the time of the day, which may be set back.
    now: monotonicMillis,
    onChange: problem => {
      if (problem === undefined) log.warn({ sink: name }, 'the audit log is delivered again')
      else log.error({ err: problem, sink: name }, 'the audit log cannot be delivered; it is tried again')
    },
  })
  runner.start()
  return runner
}
