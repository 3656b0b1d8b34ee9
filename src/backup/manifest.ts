import { isJsonObject, parseJson } from '../std/index.ts'
import { BackupDamaged } from './problems.ts'

/** The size of a manifest: some log files for each day, and a few samples for each Region. */
export const manifestSizeMaxBytes = 16 * 1024 * 1024

/** A plaintext that the server encrypted under a KMS key when the backup was made. */
export interface BackupSample {
  readonly accountId: string
  readonly region: string
  readonly keyId: string
  readonly keyMaterialId: string
  /** Base64. */
  readonly sealed: string
}

/** The facts about the server that a backup has, besides its files. They contain no secrets. */
export interface BackupFacts {
  readonly backupId: string
  /** The time of the cut, as `2026-11-30T12:00:00.000Z`. */
  readonly madeAt: string
  /** The version of Keyward. */
  readonly keyward: string
  /** The end of the audit log in the backup, and its first file. */
  readonly audit: {
    readonly stream: string
    readonly firstFile: string
    readonly file: string
    readonly offset: number
  }
  /** The commit counts of the database, by domain. */
  readonly counts: Readonly<Record<string, number>>
  readonly rootKey: { readonly kind: string; readonly rootKeyId?: string }
  readonly regions: readonly string[]
  /** The settings of the server by name. */
  readonly settings: Readonly<Record<string, string>>
  readonly samples: readonly BackupSample[]
}

/** The first file of a backup. */
export interface BackupManifest extends BackupFacts {
  readonly v: 1
  /** The files that follow, in their order. */
  readonly entries: readonly { readonly name: string; readonly sizeBytes: number }[]
}

/** The names that files of a backup can have, relative to the data directory. */
const namePattern =
  /^(keyward\.db|audit-heads\.pem|audit\/keyward-\d{4}-\d{2}-\d{2}(\.p\d{4})?\.jsonl|tls\/(ca|issuer|server)\.pem)$/

/** Whether a file of a data directory is one that backups have. */
export const isBackupName = (name: string): boolean => namePattern.test(name)

/** Reads a manifest. Throws BackupDamaged for anything that no backup has. */
export function parseManifest(text: string): BackupManifest {
  const value = parse(text)
  const version = isJsonObject(value) ? value['v'] : undefined
  if (typeof version === 'number' && version > 1)
    throw new BackupDamaged('The backup was made by a newer version of Keyward. Use that version.')
  if (version !== 1 || !isManifest(value)) throw new BackupDamaged(notAManifest)
  const names = value.entries.map(({ name }) => name)
  if (names[0] !== 'keyward.db' || new Set(names).size !== names.length || !names.every(isBackupName))
    throw new BackupDamaged(notAManifest)
  return value
}

const notAManifest = 'The backup is damaged: its manifest is not one that a backup has.'

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new BackupDamaged(notAManifest)
  }
}

const isText = (value: unknown) => typeof value === 'string'
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

type Check = (value: unknown) => boolean
const listOf = (check: Check) => (value: unknown) => Array.isArray(value) && value.every(check)
const recordOf = (check: Check) => (value: unknown) =>
  isJsonObject(value) && Object.values(value as object).every(check)
const shapeOf =
  (members: Readonly<Record<string, Check>>): Check =>
  value =>
    isJsonObject(value) && Object.entries(members).every(([name, check]) => check(value[name]))

const facts: Readonly<Record<string, Check>> = {
  backupId: value => isText(value) && /^[0-9a-f-]{36}$/.test(value as string),
  madeAt: value => isText(value) && !Number.isNaN(Date.parse(value as string)),
  keyward: isText,
  audit: shapeOf({ stream: isText, firstFile: isText, file: isText, offset: isCount }),
  counts: recordOf(isCount),
  rootKey: shapeOf({ kind: isText, rootKeyId: value => value === undefined || isText(value) }),
  regions: listOf(isText),
  settings: recordOf(isText),
  samples: listOf(
    shapeOf({ accountId: isText, region: isText, keyId: isText, keyMaterialId: isText, sealed: isText }),
  ),
}
const hasFacts = shapeOf(facts)
const hasEntries = shapeOf({ entries: listOf(shapeOf({ name: isText, sizeBytes: isCount })) })

/** Whether a value has the facts that a server gives to the process which writes its backup. */
export function isBackupFacts(value: unknown): value is BackupFacts {
  return hasFacts(value)
}

function isManifest(value: unknown): value is BackupManifest {
  return hasFacts(value) && hasEntries(value)
}
