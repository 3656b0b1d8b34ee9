import { OperatorError } from '../../std/index.ts'
import type { Config } from '../config/config.ts'
import { keepMemoryPrivate } from '../parts/private-memory.ts'
import { checkAuditLog } from './checks/audit-log.ts'
import { checkBackups } from './checks/backups.ts'
import { checkCertificates } from './checks/certificates.ts'
import { checkClock } from './checks/clock.ts'
import { checkDatabaseFile } from './checks/database.ts'
import { checkDisk } from './checks/disk.ts'
import { checkDomainKeys } from './checks/domain-keys.ts'
import { checkHygiene } from './checks/hygiene.ts'
import { checkPermissions } from './checks/permissions.ts'
import { checkPorts } from './checks/ports.ts'
import { checkPrivateEndpoints } from './checks/private-endpoints.ts'
import { checkRootKey } from './checks/root-key.ts'
import { checkRowMacs } from './checks/row-macs.ts'
import { checkSinks } from './checks/sinks.ts'
import { checkSync } from './checks/sync.ts'
import { checkTrails } from './checks/trails.ts'
import {
  type CheckedFinding,
  type CheckName,
  checkNames,
  type Finding,
  fault,
  problemFound,
} from './finding.ts'
import { Subject } from './subject.ts'

type Check = (subject: Subject) => readonly Finding[] | Promise<readonly Finding[]>

const checks: Readonly<Record<CheckName, Check>> = {
  clock: checkClock,
  permissions: checkPermissions,
  disk: checkDisk,
  sync: checkSync,
  ports: checkPorts,
  'root-key': checkRootKey,
  database: checkDatabaseFile,
  'row-macs': checkRowMacs,
  'domain-keys': checkDomainKeys,
  'audit-log': checkAuditLog,
  certificates: checkCertificates,
  'private-endpoints': checkPrivateEndpoints,
  sinks: checkSinks,
  trails: checkTrails,
  backups: checkBackups,
  hygiene: checkHygiene,
}

/**
 * Examines an installation, and yields each finding as soon as it is made. It works beside a running server and without one,
 * and changes nothing. A data directory that this user cannot read is the only finding then.
 */
export async function* examine(config: Config, skipped: ReadonlySet<string>): AsyncGenerator<CheckedFinding> {
  keepMemoryPrivate()
  const subject = openSubject(config)
  if (!(subject instanceof Subject)) {
    yield { check: 'permissions', ...subject }
    return
  }
  try {
    for (const check of checkNames) {
      if (skipped.has(check)) continue
      for (const finding of await run(checks[check], subject)) yield { check, ...finding }
    }
  } finally {
    await subject.close()
  }
}

function openSubject(config: Config): Subject | Finding {
  try {
    return new Subject(config)
  } catch (error) {
    return explain(error)
  }
}

/** A check that fails must not hide the findings of the others. */
async function run(check: Check, subject: Subject): Promise<readonly Finding[]> {
  try {
    return await check(subject)
  } catch (error) {
    return [explain(error)]
  }
}

function explain(error: unknown): Finding {
  const { message } = error as Error
  // The message of an OperatorError says what to do.
  return error instanceof OperatorError
    ? problemFound({ problem: message })
    : fault(
        `This could not be checked: ${message}.`,
        'Run this command as the user of the server, and with its settings.',
      )
}
