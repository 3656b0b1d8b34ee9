import type { Logger } from 'pino'
import type { DatabaseState } from '../../audit/index.ts'
import { globalDomain, newUser, policyArn } from '../../domain/index.ts'
import { DomainKeys, type Hsm, openHsm, type RootSealer, type WrappedDomainKey } from '../../hsm/index.ts'
import { generateAccessKeyId, generateSecret, generateUserId } from '../../identity/index.ts'
import { type Clock, FirstTimes, isThere, OperatorError, writePrivateFile } from '../../std/index.ts'
import type { LockedStore, Store, StoredDomainKey, Writer } from '../../store/index.ts'
import type { DataDirectory } from './data-directory.ts'
import { checkDatabase, unlockStore } from './database-checks.ts'

const accountIdDefault = '000000000000'
const administratorName = 'administrator'
const administratorAccessArn = policyArn('aws', 'AdministratorAccess')

/**
 * Refuses a data directory that was in use and has no database any more: a disk that is not mounted must not look like a
 * first start. Refuses one whose restore was not finished, too. Throws OperatorError.
 */
export function refuseLostDatabase(directory: DataDirectory): void {
  if (isThere(directory.restoreMarker))
    throw new OperatorError(
      `A restore into the data directory ${directory.path} was not finished. Run keyward restore again; it begins from the start.`,
    )
  const [trace] = directory.listTracesOfUse()
  if (directory.hasDatabase() || trace === undefined) return
  throw new OperatorError(
    `The database ${directory.database} is missing or empty, but ${trace} is there: Keyward has run on this data directory. Mount the disk with the database, or restore it from a backup. To start from nothing, choose an empty directory with KEYWARD_DATA_DIR.`,
  )
}

/** The settings of `prepareStore`, and the parts that it works with. */
export interface PrepareStoreOptions {
  readonly locked: LockedStore
  readonly log: Logger
  /** The last state of the database in the audit log. */
  readonly seen: DatabaseState | undefined
  readonly rootKey: RootSealer
  readonly directory: DataDirectory
  readonly clock: Clock
  readonly accountId: string | undefined
  readonly regions: readonly string[]
}

/** The store, unlocked by the HSM. */
export interface PreparedStore {
  readonly store: Store
  readonly hsm: Hsm
  /** The default account. */
  readonly accountId: string
  /** The account of the first start, which is the operator's. */
  readonly operatorAccountId: string
}

/**
 * Opens the HSM with the domain keys of the store, checks the store, and creates domain keys for regions that have none.
 * The first start also creates the account and its administrator. Throws OperatorError if the root key does not belong to
 * the store, or if the store was changed outside of Keyward.
 */
export async function prepareStore(options: PrepareStoreOptions): Promise<PreparedStore> {
  const { directory, log, regions, seen } = options
  const opened = await openDatabase({ ...options, mayUpgrade: seen === undefined }, regions)
  const { store, hsm, made, isNew } = opened
  try {
    // A sealed server may have recorded refusals before; the log has states of the database once there was one.
    if (isNew && seen !== undefined)
      throw new OperatorError(
        `The database ${directory.database} is new, but the audit log has records of an older one. Restore the database from a backup, or choose an empty directory with KEYWARD_DATA_DIR.`,
      )
    if (!isNew) await checkDatabase(store, seen)
    if (!isNew && seen === undefined && !opened.isUpgraded)
      log.warn('the audit log has no state of the database, so a database that was turned back does not show')
    const accounts = await store.write(async writer => {
      for (const domainKey of made) await writer.domainKeys.insert(domainKey satisfies StoredDomainKey)
      if (!isNew) return await findAccounts(writer, options.accountId)
      const accountId = await createAdministrator(writer, hsm, options)
      return { accountId, operatorAccountId: accountId }
    })
    return { store, hsm, ...accounts }
  } catch (error) {
    hsm.close()
    throw error
  }
}

/** A database with the HSM of its domain keys. */
export interface OpenedDatabase {
  readonly store: Store
  readonly hsm: Hsm
  /** The domain keys that the database lacks; the HSM has them. */
  readonly made: readonly WrappedDomainKey[]
  /** Whether the database has no domain keys, as before the first start. */
  readonly isNew: boolean
  /** Whether this call made the MACs of a database from before MACs. */
  readonly isUpgraded: boolean
}

/** The parts that `openDatabase` works with. */
export interface OpenDatabaseOptions {
  readonly locked: LockedStore
  readonly log: Logger
  readonly rootKey: RootSealer
  /** Whether the MACs of a database from before MACs are made; otherwise such a database is refused. */
  readonly mayUpgrade: boolean
}

/** Opens the HSM and unlocks the store. Makes the MACs of a database from before MACs. Throws OperatorError. */
export async function openDatabase(
  { locked, log, rootKey, mayUpgrade }: OpenDatabaseOptions,
  regions: readonly string[],
): Promise<OpenedDatabase> {
  const stored = await locked.domainKeys.list()
  const isUpgraded = DomainKeys.predateMacs(rootKey, stored)
  if (isUpgraded && !mayUpgrade) throw new OperatorError(beforeMacs)
  const known = isUpgraded ? stored.map(domainKey => DomainKeys.upgrade(rootKey, domainKey)) : stored
  const missing = [globalDomain, ...regions].filter(domain => known.every(key => key.domain !== domain))
  const made = missing.map(domain => DomainKeys.generate(rootKey, domain))
  const hsm = openHsm(rootKey, [...known, ...made])
  // A listing or a job can come across the same entity again and again.
  const reported = new FirstTimes()
  const store = await unlockStore(locked, hsm.authenticator, ({ message }) => {
    if (reported.isFirst(message)) log.error(message)
  })
  if (isUpgraded) {
    await store.integrity.upgrade(known)
    log.warn(
      'the rows of the database are authenticated from now on; what the database had until now was taken as it was',
    )
  }
  return { store, hsm, made, isNew: stored.length === 0, isUpgraded }
}

const beforeMacs =
  'The rows of the database have no MACs yet. A start of the server makes them, unless the audit log shows that the database had them: then it was replaced by an older copy. Put the newer database back, or run keyward accept-restore if it was restored from a backup on purpose.'

async function findAccounts(
  writer: Writer,
  configured: string | undefined,
): Promise<Pick<PreparedStore, 'accountId' | 'operatorAccountId'>> {
  const accountIds = await writer.accounts.listIds()
  const [operatorAccountId] = accountIds
  const accountId = configured ?? operatorAccountId
  if (operatorAccountId !== undefined && accountId !== undefined && accountIds.includes(accountId))
    return { accountId, operatorAccountId }
  throw new OperatorError(
    `KEYWARD_ACCOUNT_ID is ${configured}, but the data directory was created for account ${operatorAccountId}. Leave the setting out, or add the account with a seed file.`,
  )
}

async function createAdministrator(writer: Writer, hsm: Hsm, options: PrepareStoreOptions): Promise<string> {
  const { directory, regions } = options
  const accountId = options.accountId ?? accountIdDefault
  const createdAt = options.clock.now()
  const accessKeyId = generateAccessKeyId()
  const secret = generateSecret()
  await writer.accounts.insert(accountId, createdAt)
  await writer.users.insert(
    newUser({
      accountId,
      userName: administratorName,
      userId: generateUserId(),
      createdAt,
      attachedPolicyArns: [administratorAccessArn],
    }),
  )
  await writer.accessKeys.insert({
    accessKeyId,
    accountId,
    userName: administratorName,
    service: undefined,
    wrappedSecret: hsm.wrapSecret(accessKeyId, Buffer.from(secret)),
    isActive: true,
    createdAt,
    sessionTokenDigest: undefined,
    expiresAt: undefined,
  })
  // The file is written before the commit: after a crash in between, the next start overwrites it, and no secret is
  // lost.
  writePrivateFile(
    directory.credentials,
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secret}\nregion = ${regions[0]}\n`,
  )
  return accountId
}
