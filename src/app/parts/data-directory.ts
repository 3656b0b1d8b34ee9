import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import type { LastBackup } from '../../operator/index.ts'
import { OperatorError, parseJson, statIfAny } from '../../std/index.ts'
import { listOwnKeys } from '../../tls/index.ts'

/** The files of a data directory. */
export class DataDirectory {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  get database(): string {
    return join(this.path, 'keyward.db')
  }

  /** The access key of the first administrator, in the AWS shared-credentials format. */
  get credentials(): string {
    return join(this.path, 'credentials')
  }

  /** The access keys that read the audit log of a sealed server, in the same format. */
  get auditCredentials(): string {
    return join(this.path, 'audit-credentials')
  }

  /** The URL and region of the server that last ran on this directory. */
  get endpoint(): string {
    return join(this.path, 'endpoint')
  }

  /** The CA of the server's own and its certificate. */
  get tls(): string {
    return join(this.path, 'tls')
  }

  get auditLogs(): string {
    return join(this.path, 'audit')
  }

  /** The index of the audit logs, which is made again if it is missing. */
  get auditIndex(): string {
    return join(this.path, 'audit-index')
  }

  /** The public keys that verify the signed heads of the audit log. */
  get auditHeadKeys(): string {
    return join(this.path, 'audit-heads.pem')
  }

  /** The number of wrong logins to each PKCS#11 token. */
  get tokenLogins(): string {
    return join(this.path, 'token-logins.json')
  }

  /** Is there while a restore is under way, or was killed. */
  get restoreMarker(): string {
    return join(this.path, 'restore.json')
  }

  /** The copy of the database that a backup reads. */
  snapshotFor(backupId: string): string {
    return join(this.path, `backup-${backupId}.db`)
  }

  /** The note about the last complete backup. */
  get lastBackup(): string {
    return join(this.path, 'last-backup.json')
  }

  /** The names of the scheduled backups that the server made. */
  get ownBackups(): string {
    return join(this.path, 'own-backups.json')
  }

  /** Reads the note about the last complete backup; undefined if there is none, or one that is damaged. */
  readLastBackup(): LastBackup | undefined {
    try {
      // To read a pipe waits for its other end.
      if (!statSync(this.lastBackup).isFile()) return undefined
      const note = parseJson(readFileSync(this.lastBackup, 'utf8'))
      const { at, place, sizeBytes } = note as LastBackup
      const isNote = typeof at === 'string' && typeof place === 'string' && Number.isSafeInteger(sizeBytes)
      // Date.parse passes over whatever is in parentheses.
      return isNote && new Date(at).toISOString() === at ? { at, place, sizeBytes } : undefined
    } catch {
      return undefined
    }
  }

  /** The begin of the path of a directory with a copy of the database, on which an upgrade is rehearsed. */
  get rehearsalPrefix(): string {
    return join(this.path, 'upgrade-check-')
  }

  /** Removes the copies that a killed backup or a killed rehearsal left. The caller has locked the directory. */
  removeLeftSnapshots(): void {
    const isSnapshot = (name: string) =>
      /^(backup-[0-9a-f-]{36}\.db(\.partial(-journal)?)?|upgrade-check-[0-9A-Za-z]{6})$/.test(name)
    for (const name of readdirSync(this.path).filter(isSnapshot))
      rmSync(join(this.path, name), { force: true, recursive: true })
  }

  /** Creates the directory if it does not exist. Throws OperatorError if it cannot be written. */
  prepare(): void {
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 })
      accessSync(this.path, constants.R_OK | constants.W_OK | constants.X_OK)
    } catch (error) {
      throw new OperatorError(
        `The data directory ${this.path} cannot be written: ${(error as Error).message}. Set KEYWARD_DATA_DIR to a directory that can be written.`,
      )
    }
  }

  /**
   * Lists the directory and the files with a root key or a private key of TLS if their modes give access to other users.
   * `keyPaths` are the configured files with keys and secrets, which may be in different places.
   */
  listOpenToOthers(keyPaths: readonly (string | undefined)[]): string[] {
    const own = [join(this.path, 'root.key'), ...listOwnKeys(this.tls).map(name => join(this.tls, name))]
    const paths = new Set([this.path, ...own, ...keyPaths.filter(path => path !== undefined)])
    return [...paths].filter(path => existsSync(path) && whoElse(path, statSync(path).mode) !== undefined)
  }

  /** Whether there is a database; an empty file is none. Throws OperatorError if this user cannot see that. */
  hasDatabase(): boolean {
    // After a crash of the first start, all may still be in the log of changes.
    return hasBytes(this.database) || hasBytes(`${this.database}-wal`)
  }

  /**
   * Lists the files which show that a server has run on this directory: credentials, and audit logs with records. Throws
   * OperatorError as `hasDatabase` does.
   */
  listTracesOfUse(): string[] {
    return [this.credentials, ...this.listAuditLogs()].filter(hasBytes)
  }

  /** Lists the files of the audit log that have records. */
  listAuditLogs(): string[] {
    const isDirectory = statIfAny(this.auditLogs)?.isDirectory() === true
    const names = isDirectory ? readdirSync(this.auditLogs) : []
    return names.map(name => join(this.auditLogs, name)).filter(hasBytes)
  }
}

const hasBytes = (path: string) => (statIfAny(path)?.size ?? 0) > 0

/**
 * Returns who else than its owner a mode gives access to. systemd gives a service its credentials with an entry of an ACL, and then
 * the bits of the group are the mask of the ACL, which give the group nothing (acl(5)).
 */
export function whoElse(path: string, mode: number): 'all' | 'group' | undefined {
  if ((mode & 0o007) !== 0) return 'all'
  return (mode & 0o070) !== 0 && !path.startsWith('/run/credentials/') ? 'group' : undefined
}
