import { type Logger, pino } from 'pino'
import type { Organization } from '../../operation/index.ts'
import { readSeedFile, type Seed } from '../../seed/index.ts'
import type { Clock } from '../../std/index.ts'
import type { Config } from '../config/config.ts'
import { noOrganization, readOrganizationPolicies } from '../config/organization-policies.ts'
import { Cleanup } from './cleanup.ts'

/** What every part is made from. */
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

/** The server's log: JSON lines on standard error. */
function openLog({ logLevel }: Config): Logger {
  return pino({ name: 'keyward', level: logLevel }, pino.destination({ fd: 2, sync: true }))
}
