import {
  type AuditHead,
  type LogVerification,
  listLogNames,
  signedTextOf,
  verifyLog,
} from '../audit/index.ts'
import { verifyEd25519Signature } from '../hsm/index.ts'
import { OperatorError, readFileIfAny, readNamedFile, sha256Hex } from '../std/index.ts'
import { readWitness } from './audit-witness.ts'
import type { Config } from './config/config.ts'
import { DataDirectory } from './parts/data-directory.ts'

/** The places that a check of the audit log reads; those of the data directory where undefined. */
export interface AuditPlaces {
  /** A copy of the log. It needs `headKey`: the data directory has the key of its own log, which may be a different one. */
  readonly directory: string | undefined
  readonly headKey: string | undefined
  /** Witnesses, as `readWitness` takes them. */
  readonly witnesses: readonly string[]
}

/** The outcome of a check of the audit log. */
export interface AuditVerification extends LogVerification {
  /** The number of heads that the witnesses have. */
  readonly witnessed: number
}

/**
 * Checks the audit log of a running or stopped server, or a copy of it, up to the first bad place. It only reads. Throws
 * OperatorError if something cannot be read, or if a copy comes without a key.
 */
export async function verifyAuditLog(config: Config, places: AuditPlaces): Promise<AuditVerification> {
  if (places.directory !== undefined && places.headKey === undefined) {
    throw new OperatorError(
      `The log in ${places.directory} needs --head-key: the file audit-heads.pem of the server that wrote it.`,
    )
  }
  const own = new DataDirectory(config.dataDirectory)
  const directory = places.directory ?? own.auditLogs
  const headKey = places.headKey ?? own.auditHeadKeys
  const keys = readHeadKeys(headKey, places.headKey !== undefined)
  const witnessed: AuditHead[] = []
  for (const witness of places.witnesses) witnessed.push(...(await readWitness(config, directory, witness)))
  const findSignatureFault = (head: AuditHead) => {
    // A running server may have made its key since the file was read. The file has a key before the log has its first head.
    if (!keys.has(head.key)) for (const [id, key] of readHeadKeys(headKey, false)) keys.set(id, key)
    return signatureFault(head, keys, headKey)
  }
  try {
    if ((await listLogNames(directory)).length === 0)
      throw new OperatorError(`There is no audit log in ${directory}.`)
    const falseHead = witnessed.find(head => findSignatureFault(head) !== undefined)
    if (falseHead !== undefined)
      throw new OperatorError(`A witness has head ${falseHead.head}, and ${findSignatureFault(falseHead)}.`)
    const found = await verifyLog({ directory, findSignatureFault, witnessed })
    return { ...found, fault: found.fault ?? missingChain(found, keys, headKey), witnessed: witnessed.length }
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`The audit log ${directory} cannot be read: ${(error as Error).message}`)
  }
}

/** The key is made for the first head, so a log whose heads have a key has a chain. Anybody could make one without a chain. */
function missingChain(
  { blocks, heads, unchainedLines }: LogVerification,
  keys: ReadonlyMap<string, Buffer>,
  source: string,
): string | undefined {
  if (keys.size === 0 || unchainedLines === 0 || blocks + heads > 0) return undefined
  return `The log has no chain, and ${source} has the key of one: the lines of the chain were removed`
}

function signatureFault(
  head: AuditHead,
  keys: ReadonlyMap<string, Buffer>,
  source: string,
): string | undefined {
  const key = keys.get(head.key)
  if (key === undefined) return `it is signed with the key ${head.key}, which ${source} does not have`
  const message = Buffer.from(signedTextOf(head))
  const isRight = verifyEd25519Signature(key, message, Buffer.from(head.signature, 'base64'))
  return isRight ? undefined : 'its signature is wrong'
}

/** The public keys of a PEM file in DER, by their SHA-256. The file of a data directory may be missing before the first head. */
function readHeadKeys(path: string, mustExist: boolean): Map<string, Buffer> {
  const text = mustExist ? readNamedFile(path) : (readFileIfAny(path) ?? '')
  const blocks = text.matchAll(/-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/g)
  const keys = Array.from(blocks, ([, base64 = '']) => Buffer.from(base64, 'base64'))
  if (mustExist && keys.length === 0) throw new OperatorError(`${path} has no public key in PEM.`)
  return new Map(keys.map(key => [sha256Hex(key), key]))
}
