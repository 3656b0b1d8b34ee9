import { rmSync, statSync } from 'node:fs'
import type { Principal } from '../../../domain/index.ts'
import { generateAccessKeyId, generateSecret } from '../../../identity/index.ts'
import { readFileIfAny, type SigningCredentials, writePrivateFile } from '../../../std/index.ts'
import type { Store } from '../../../store/index.ts'
import { readAllCredentials } from '../../config/credentials-file.ts'
import type { DataDirectory } from '../data-directory.ts'
import type { RootKeyInUse } from './keeper.ts'

// Auditors must be able to read the log while the server is sealed, when all secrets of access keys are encrypted. These
// keys are valid only then: on an open server they are unknown. A thief who reads the file in a stolen directory has the
// audit log in clear anyway.

const readerName = 'keyward-audit'

/** An access key for the audit log of an account, while the server is sealed. */
export interface AuditCredentials {
  readonly accountId: string
  readonly credentials: SigningCredentials
}

/** The parts of an open server that decide about these access keys. */
interface AuditedServer {
  readonly directory: DataDirectory
  readonly store: Store
  /** The server's default account. */
  readonly accountId: string
  readonly inUse: RootKeyInUse
}

/**
 * Makes an access key for each account, and writes them in the shared-credentials format: a profile for each account, named
 * as its id, and `default` for the default account. Removes them where a file keeps the root key: such a server is sealed
 * only for a while. Throws OperatorError.
 */
export async function renewAuditCredentials(
  { directory, store, accountId: defaultAccountId, inUse }: AuditedServer,
  region: string,
): Promise<void> {
  const { auditCredentials } = directory
  if (inUse.keeper.provider.kind === 'file') return rmSync(auditCredentials, { force: true })
  const profiles = (await store.reader.accounts.listIds()).flatMap(accountId => {
    const lines = [
      `aws_access_key_id = ${generateAccessKeyId()}`,
      `aws_secret_access_key = ${generateSecret()}`,
      `region = ${region}`,
    ].join('\n')
    const names = accountId === defaultAccountId ? ['default', accountId] : [accountId]
    return names.map(name => `[${name}]\n${lines}\n`)
  })
  writePrivateFile(auditCredentials, profiles.join('\n'))
}

/** The access keys in the file. They are looked up for everybody who asks, so the file is read only when it has changed. */
export class AuditReaders {
  readonly #path: string
  #version = ''
  #byId: ReadonlyMap<string, AuditCredentials> = new Map()

  constructor({ auditCredentials }: DataDirectory) {
    this.#path = auditCredentials
  }

  /** Returns an access key; undefined if the file has none of this id, or if there is no file. */
  find(accessKeyId: string): AuditCredentials | undefined {
    const version = versionOf(this.#path)
    if (version !== this.#version) {
      this.#byId = readById(this.#path)
      this.#version = version
    }
    return this.#byId.get(accessKeyId)
  }
}

/** A text that differs when the file does. */
function versionOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeNs}`
}

function readById(path: string): ReadonlyMap<string, AuditCredentials> {
  const byId = new Map<string, AuditCredentials>()
  for (const [name, credentials] of readAllCredentials(readFileIfAny(path) ?? ''))
    if (/^\d{12}$/.test(name)) byId.set(credentials.accessKeyId, { accountId: name, credentials })
  return byId
}

/** The principal of such an access key. It is no user of the account. */
export function auditReaderOf(accountId: string): Principal {
  return {
    type: 'FederatedUser',
    accountId,
    arn: `arn:aws:sts::${accountId}:federated-user/${readerName}`,
    principalId: `${accountId}:${readerName}`,
    userName: readerName,
  }
}
