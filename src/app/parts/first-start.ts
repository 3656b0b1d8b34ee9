import { newUser, policyArn } from '../../domain/index.ts'
import { DomainKeys, globalDomain, type Hsm, openHsm, type RootKeyProvider } from '../../hsm/index.ts'
import { generateAccessKeyId, generateSecret, generateUserId } from '../../identity/index.ts'
import { type Clock, OperatorError } from '../../std/index.ts'
import type { Store, StoredDomainKey, Writer } from '../../store/index.ts'
import { type DataDirectory, writePrivateFile } from './data-directory.ts'

const accountIdDefault = '000000000000'
const administratorName = 'administrator'
const administratorAccessArn = policyArn('aws', 'AdministratorAccess')

type RootKey = ReturnType<RootKeyProvider['read']>

/**
 * Reads the root key, and creates it first if neither it nor a database exists. It never creates a root key for an
 * existing database: a database without its root key is lost, and a second root key would hide that. Throws
 * OperatorError.
 */
export function prepareRootKey(provider: RootKeyProvider, hasDatabase: boolean): RootKey {
  if (!provider.exists() && hasDatabase) {
    throw new OperatorError(
      `The root key ${provider.description} is missing, and the database needs it. Put it back; nothing can be decrypted without it.`,
    )
  }
  if (!provider.exists()) provider.create()
  return provider.read()
}

/** The settings of `prepareStore`, and the parts that it works with. */
export interface PrepareStoreOptions {
  readonly store: Store
  readonly rootKey: RootKey
  readonly directory: DataDirectory
  readonly clock: Clock
  readonly accountId: string | undefined
  readonly regions: readonly string[]
}

/**
 * Opens the HSM with the domain keys of the store, and creates domain keys for regions that have none. The first start
 * also creates the account and its administrator. Throws OperatorError if the root key does not belong to the store.
 */
export async function prepareStore(options: PrepareStoreOptions): Promise<{ hsm: Hsm; accountId: string }> {
  const { store, regions, rootKey } = options
  const known = await store.reader.domainKeys.list()
  const missing = [globalDomain, ...regions].filter(domain => known.every(key => key.domain !== domain))
  const made = missing.map(domain => DomainKeys.generate(rootKey, domain))
  const hsm = openHsm(rootKey, [...known, ...made])
  const accountId = await store.write(async writer => {
    for (const domainKey of made) await writer.domainKeys.insert(domainKey satisfies StoredDomainKey)
    if (known.length > 0) return await findDefaultAccount(writer, options.accountId)
    return await createAdministrator(writer, hsm, options)
  })
  return { hsm, accountId }
}

async function findDefaultAccount(writer: Writer, configured: string | undefined): Promise<string> {
  const accountIds = await writer.accounts.listIds()
  const accountId = configured ?? accountIds[0]
  if (accountId !== undefined && accountIds.includes(accountId)) return accountId
  throw new OperatorError(
    `KEYWARD_ACCOUNT_ID is ${configured}, but the data directory was created for account ${accountIds[0]}. Leave the setting out, or add the account with a seed file.`,
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
