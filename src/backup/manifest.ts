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
  /^(keyward\.db|audit-heads\.pem|audit\/keyward-\d{4}-\d{2}-\d{2}(\.p\d{4})?\.jsonl|tls\/(ca|issuer|server)(-vpc-[\da-f]{8,17})?\.pem)$/

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
/** A text of the manifest can be shown to people, and anybody can write a manifest. */
const isLike = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value)
const isMoment = (value: unknown) =>
  isLike(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)(value) && !Number.isNaN(Date.parse(value as string))
/** A Region, or the global domain. */
const isDomain = isLike(/^[a-z0-9-]{1,64}$/)
const isId = isLike(/^[A-Za-z0-9-]{1,128}$/)
const isLogName = (value: unknown) => isText(value) && isBackupName(`audit/${value}`)
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

type Check = (value: unknown) => boolean
const listOf = (check: Check) => (value: unknown) => Array.isArray(value) && value.every(check)
const recordOf = (checkName: Check, check: Check) => (value: unknown) =>
  isJsonObject(value) &&
  Object.keys(value as object).every(checkName) &&
  Object.values(value as object).every(check)
const shapeOf =
  (members: Readonly<Record<string, Check>>): Check =>
  value =>
    isJsonObject(value) && Object.entries(members).every(([name, check]) => check(value[name]))

const facts: Readonly<Record<string, Check>> = {
  backupId: isLike(/^[0-9a-f-]{36}$/),
  madeAt: isMoment,
  // Semantic Versioning 2.0.0.
  keyward: isLike(/^\d+\.\d+\.\d+[0-9A-Za-z.+-]{0,64}$/),
  audit: shapeOf({ stream: isId, firstFile: isLogName, file: isLogName, offset: isCount }),
  counts: recordOf(isDomain, isCount),
  rootKey: shapeOf({
    kind: isLike(/^(file|passphrase|shares|kms|pkcs11)$/),
    rootKeyId: value => value === undefined || isId(value),
  }),
  regions: listOf(isDomain),
  settings: recordOf(isLike(/^[a-z0-9-]{1,64}$/), isText),
  samples: listOf(
    shapeOf({
      accountId: isLike(/^\d{12}$/),
      region: isDomain,
      keyId: isId,
      keyMaterialId: isId,
      sealed: isLike(/^[A-Za-z0-9+/]+={0,2}$/),
    }),
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
