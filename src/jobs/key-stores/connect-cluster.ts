import { Buffer } from 'node:buffer'
import {
  ClusterFailure,
  type ClusterKeyStore,
  type ClusterSessions,
  type ConnectionErrorCode,
  type HsmClusters,
  isClusterKeyStore,
  kmsuserSecretName,
  nextKmsuserSecretName,
} from '../../domain/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import { equalConstantTime, randomBytes } from '../../std/index.ts'
import type { Store } from '../../store/index.ts'

/** Everything that the passwords of `kmsuser` need. */
export interface PasswordTools {
  readonly store: Pick<Store, 'write'>
  readonly hsm: Pick<Hsm, 'unwrapSecret' | 'wrapSecret'>
}

/** Everything that the connecting of a store to a cluster needs. */
export interface ClusterConnectionTools extends PasswordTools {
  readonly clusters: Pick<HsmClusters, 'find'> & Pick<ClusterSessions, 'connect'>
  /** Hears why a store could not be connected. The reason has no secret. */
  readonly onRefusal: (store: ClusterKeyStore, errorCode: ConnectionErrorCode, reason: string) => void
}

/**
 * Connects a store to the HSMs of its cluster, and gives them a password that only this server knows (AWS KMS developer guide, "Connect an AWS
 * CloudHSM key store"). Resolves to the reason if the store cannot be connected. The next password is stored before the first HSM gets it. So a
 * run that ends anywhere can be repeated: each HSM has one of the two passwords that are stored.
 */
export async function connectCluster(
  store: ClusterKeyStore,
  { clusters, onRefusal, ...tools }: ClusterConnectionTools,
): Promise<ConnectionErrorCode | undefined> {
  if (clusters.find(store.region, store.cluster.cloudHsmClusterId) === undefined) return 'CLUSTER_NOT_FOUND'
  let changed = store
  const connection = await clusters.connect(store, async () => {
    changed = await withNextPassword(store, tools)
    return changed
  })
  if (connection.errorCode !== undefined) {
    onRefusal(store, connection.errorCode, connection.reason)
    return connection.errorCode
  }
  if (connection.isPasswordEverywhere) await confirmNextPassword(changed, tools)
  return undefined
}

/**
 * Makes the next password of a store its password, because every HSM of its cluster has it. Does nothing if the stored one is a different next
 * password now, or there is none.
 */
export async function confirmNextPassword(
  given: Pick<ClusterKeyStore, 'accountId' | 'region' | 'customKeyStoreId' | 'cluster'>,
  { store, hsm }: PasswordTools,
): Promise<void> {
  await store.write(async ({ customKeyStores }) => {
    const found = await customKeyStores.find(given, given.customKeyStoreId)
    if (found === undefined || !isClusterKeyStore(found)) return
    const wrappedPassword = confirmed(found, given, hsm)
    if (wrappedPassword === undefined) return
    await customKeyStores.update({
      ...found,
      cluster: { ...found.cluster, wrappedPassword, wrappedNextPassword: undefined },
    })
  })
}

/** Returns the next password of a store, wrapped as its password; undefined if the given store has a different one. */
function confirmed(
  found: ClusterKeyStore,
  given: Parameters<typeof nextPassword>[0],
  hsm: PasswordTools['hsm'],
): Buffer | undefined {
  const [stored, password] = [nextPassword(found, hsm), nextPassword(given, hsm)]
  try {
    if (stored === undefined || password === undefined || !equalConstantTime(stored, password))
      return undefined
    return hsm.wrapSecret(kmsuserSecretName(found), password, found.region)
  } finally {
    stored?.fill(0)
    password?.fill(0)
  }
}

function nextPassword(
  store: Pick<ClusterKeyStore, 'customKeyStoreId' | 'cluster'>,
  hsm: PasswordTools['hsm'],
): Buffer | undefined {
  const { wrappedNextPassword: wrapped } = store.cluster
  return wrapped && hsm.unwrapSecret(nextKmsuserSecretName(store), wrapped)
}

/** Stores a next password, and resolves to the store with it. Rejects with ClusterFailure if the store is no longer CONNECTING. */
async function withNextPassword(
  before: ClusterKeyStore,
  { store, hsm }: PasswordTools,
): Promise<ClusterKeyStore> {
  const password = newPassword()
  const wrappedNextPassword = hsm.wrapSecret(nextKmsuserSecretName(before), password, before.region)
  password.fill(0)
  return await store.write(async ({ customKeyStores }) => {
    const found = await customKeyStores.find(before, before.customKeyStoreId)
    if (found?.type !== 'AWS_CLOUDHSM' || found.connectionState !== 'CONNECTING')
      throw new ClusterFailure('notConnected', 'the custom key store was disconnected meanwhile')
    const changed = { ...found, cluster: { ...found.cluster, wrappedNextPassword } }
    await customKeyStores.update(changed)
    return changed
  })
}

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')
const fairBytes = 256 - (256 % alphabet.length)
/** The most that KeyStorePassword may have (AWS KMS API reference). */
const passwordLength = 32

/** Returns a password of random letters and digits, 190 bits of them. */
function newPassword(): Buffer {
  const password = Buffer.alloc(passwordLength)
  for (let filled = 0; filled < passwordLength; ) {
    const drawn = randomBytes(passwordLength)
    // A byte beyond the last whole alphabet would make the first letters likelier.
    for (const byte of drawn)
      if (byte < fairBytes && filled < passwordLength)
        password[filled++] = alphabet[byte % alphabet.length] ?? 0
    drawn.fill(0)
  }
  return password
}
