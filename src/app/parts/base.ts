import { type Logger, pino } from 'pino'
import type { ServiceError } from '../../domain/index.ts'
import type { Organization } from '../../operation/index.ts'
import { readSeedFile, type Seed } from '../../seed/index.ts'
import type { Clock } from '../../std/index.ts'
import type { Config } from '../config/config.ts'
import { noOrganization, readOrganizationPolicies } from '../config/organization-policies.ts'
import { Cleanup } from './cleanup.ts'

/** The parts that every other part is made from. */
export interface Base {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly cleanup: Cleanup
  readonly seed: Seed | undefined
  readonly organization: Organization
}

/** Reads the files that the configuration names, before anything is created. Throws OperatorError. */
export function readBase(config: Config, clock: Clock): Base {
  const { seedPath, organizationPoliciesPath, regions, offersSm2 } = config
  return {
    config,
    clock,
    log: openLog(config),
    cleanup: new Cleanup(),
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

/** Opens the server's log: JSON lines on standard error. */
function openLog({ logLevel }: Config): Logger {
  return pino({ name: 'keyward', level: logLevel }, pino.destination({ fd: 2, sync: true }))
}
