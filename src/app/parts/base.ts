import { type Logger, type LoggerOptions, levels, pino } from 'pino'
import type { ServiceError } from '../../domain/index.ts'
import type { Organization } from '../../operation/index.ts'
import { readSeedFile, type Seed } from '../../seed/index.ts'
import { type Clock, Counter } from '../../std/index.ts'
import { ServerMetrics } from '../../telemetry/index.ts'
import type { Config } from '../config/config.ts'
import { noOrganization, readOrganizationPolicies } from '../config/organization-policies.ts'
import { Cleanup } from './cleanup.ts'

/** The parts that every other part is made from. */
export interface Base {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  /** Undefined if the server has no metrics. */
  readonly metrics: ServerMetrics | undefined
  readonly cleanup: Cleanup
  /** Aborted when the server begins to close. */
  readonly stopping: AbortController
  readonly seed: Seed | undefined
  readonly organization: Organization
}

/** Reads the files that the configuration names, before anything is created. Throws OperatorError. */
export function readBase(config: Config, clock: Clock): Base {
  const { seedPath, organizationPoliciesPath, regions, offersSm2 } = config
  const { log, lines } = openLog(config)
  const metrics = config.metrics && new ServerMetrics(log)
  metrics?.add(() => [lines])
  return {
    config,
    clock,
    log,
    metrics,
    cleanup: new Cleanup(),
    stopping: new AbortController(),
    seed: seedPath === undefined ? undefined : readSeedFile(seedPath, regions, offersSm2),
    organization:
      organizationPoliciesPath === undefined
        ? noOrganization
        : readOrganizationPolicies(organizationPoliciesPath),
  }
}

/** Logs a fault of the server with its cause, and with the facts of the call if they are known. */
export function logFault(log: Logger, { cause }: ServiceError, call: object = {}): void {
  log.error({ err: cause, ...call }, 'a request failed with an internal error')
}

/** Opens the server's log, JSON lines on standard error, and the count of its lines. */
function openLog({ logLevel }: Config): { readonly log: Logger; readonly lines: Counter<'level'> } {
  const lines = new Counter('keyward_log_lines_total', "Lines of the server's log, by level.", ['level'])
  // An alert on a growing number needs the number before it grows.
  const cells = new Map(Object.entries(levels.labels).map(([, level]) => [level, lines.of({ level })]))
  const logMethod: LogHook = function (args, method, level) {
    const cell = cells.get(levels.labels[level] ?? '')
    if (cell !== undefined) cell.value++
    method.apply(this, args)
  }
  const options = { name: 'keyward', level: logLevel, hooks: { logMethod } }
  return { log: pino(options, pino.destination({ fd: 2, sync: true })), lines }
}

type LogHook = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>
