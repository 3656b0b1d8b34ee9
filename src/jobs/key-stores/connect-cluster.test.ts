import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FakeCluster, FakeClusters } from '../../../test/fixtures/hsm/fake-clusters.ts'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { openTestStore, testKeys } from '../../../test/fixtures/test-store.ts'
import {
  type ClusterKeyStore,
  type ConnectionState,
  connected,
  kmsuserSecretName,
  nextKmsuserSecretName,
} from '../../domain/index.ts'
import type { Store } from '../../store/index.ts'
import { confirmNextPassword } from './connect-cluster.ts'
import { StoreConnections } from './store-connections.ts'

// Connecting a custom key store changes the password of `kmsuser` in every HSM. A server that ends at any step must find each HSM with a
// password that its database has. The clusters are in memory.

const { hsm } = testKeys
const store = await openTestStore(join(temporaryDirectory(), 'keyward.db'))
after(() => store.close())
const scope = { accountId: '111122223333', region: 'us-east-1' }
await store.write(({ accounts }) => accounts.insert(scope.accountId, 0))
let count = 0

/** A store in a cluster of its own, and its cluster. */
async function newStore(connectionState: ConnectionState = 'CONNECTING') {
  const clusters = new FakeClusters()
  clusters.use(store, hsm)
  const clusterId = `cluster-${'a'.repeat(11)}`
  const cluster = clusters.add(clusterId, '')
  const customKeyStoreId = `cks-${String(count++).padStart(17, '0')}`
  const made: ClusterKeyStore = {
    ...{ ...scope, customKeyStoreId, name: customKeyStoreId, type: 'AWS_CLOUDHSM', createdAt: 0 },
    ...{ connectionState, connectionErrorCode: undefined },
    cluster: {
      cloudHsmClusterId: clusterId,
      trustAnchorCertificate: '',
      wrappedPassword: hsm.wrapSecret(
        kmsuserSecretName({ customKeyStoreId }),
        Buffer.from('kmsPswd1'),
        scope.region,
      ),
      wrappedNextPassword: undefined,
    },
  }
  await store.write(({ customKeyStores }) => customKeyStores.insert(made))
  return { clusters, cluster, made }
}

async function stored({ customKeyStoreId }: ClusterKeyStore): Promise<ClusterKeyStore> {
  const found = await store.reader.customKeyStores.find(scope, customKeyStoreId)
  assert.ok(found?.type === 'AWS_CLOUDHSM')
  return found
}

function passwordsOf(of: ClusterKeyStore) {
  const { wrappedPassword, wrappedNextPassword } = of.cluster
  return {
    current: hsm.unwrapSecret(kmsuserSecretName(of), wrappedPassword).toString(),
    next: wrappedNextPassword && hsm.unwrapSecret(nextKmsuserSecretName(of), wrappedNextPassword).toString(),
  }
}

/** Runs the job until the store has a lasting state, or until `isOver`. */
async function run(
  clusters: FakeClusters,
  made: ClusterKeyStore,
  { over = store, isOver = () => false }: { over?: Store; isOver?: () => boolean } = {},
) {
  const faults: unknown[] = []
  const refusals: string[] = []
  const connections = new StoreConnections({
    ...{ store: over, hsm, clusters, proxies: {} as never },
    onFault: error => faults.push(error),
    onRefusal: (_store, code, reason) => refusals.push(`${code}: ${reason}`),
  })
  await connections.start().catch(error => faults.push(error))
  const deadline = Date.now() + 5000
  const lasts = async () => !(await stored(made)).connectionState.endsWith('ING')
  while (!isOver() && !(await lasts()) && Date.now() < deadline) await sleep(1)
  await connections.close()
  return { faults, refusals }
}

/** Makes a store CONNECTING again. */
async function reconnect(made: ClusterKeyStore): Promise<void> {
  const before = await stored(made)
  await store.write(({ customKeyStores }) => customKeyStores.update(connected(before, 'CONNECTING')))
}

const hsmPasswords = ({ members }: FakeCluster) => members.map(({ password }) => password)

/** Asserts that a store is connected, and that all of its HSMs have its password, which nobody knew before. */
async function isWhole(made: ClusterKeyStore, cluster: FakeCluster): Promise<void> {
  const found = await stored(made)
  const { current, next } = passwordsOf(found)
  assert.deepEqual([found.connectionState, next], ['CONNECTED', undefined])
  assert.match(current, /^[A-Za-z0-9]{32}$/)
  assert.deepEqual(
    hsmPasswords(cluster),
    cluster.members.map(() => current),
  )
}

test('all HSMs get a password that only the server knows', async () => {
  const { clusters, cluster, made } = await newStore()
  assert.deepEqual(await run(clusters, made), { faults: [], refusals: [] })
  await isWhole(made, cluster)
  const { current } = passwordsOf(await stored(made))
  // The next connection changes it again.
  await reconnect(made)
  await run(clusters, made)
  await isWhole(made, cluster)
  assert.notEqual(passwordsOf(await stored(made)).current, current)
})

/** A server that ends when it has done a number of steps: each commit has one before and one after it, each change of a password one after. */
function mortal(clusters: FakeClusters, steps: number) {
  let left = steps
  const step = () => {
    if (left-- <= 0) throw new Error('the server has ended')
  }
  clusters.onPasswordChange = step
  const over: Store = Object.create(store, {
    write: {
      value: async (...args: Parameters<Store['write']>) => {
        step()
        const result = await store.write(...args)
        step()
        return result
      },
    },
    subscribe: { value: store.subscribe.bind(store) },
    reader: { get: () => store.reader },
  })
  return { over, isOver: () => left < 0 }
}

test('a server that ends at any step loses no password', async () => {
  let steps = 0
  for (let isDone = false; !isDone; steps++) {
    const { clusters, cluster, made } = await newStore()
    const { over, isOver } = mortal(clusters, steps)
    await run(clusters, made, { over, isOver })
    isDone = !isOver()
    const { current, next } = passwordsOf(await stored(made))
    for (const password of hsmPasswords(cluster))
      assert.ok(password === current || password === next, `after ${steps} steps`)
    clusters.onPasswordChange = () => undefined
    await run(clusters, made)
    await isWhole(made, cluster)
  }
  // The next password, two HSMs, the confirmation, and the state.
  assert.equal(steps - 1, 2 + 2 + 2 + 2)
})

test('an HSM that does not answer keeps the old password, and both are kept for it', async () => {
  const { clusters, cluster, made } = await newStore()
  const [, away] = cluster.members
  assert.ok(away !== undefined)
  away.isActive = false
  await run(clusters, made)
  const { current, next } = passwordsOf(await stored(made))
  assert.deepEqual([current, hsmPasswords(cluster)], ['kmsPswd1', [next, 'kmsPswd1']])
  assert.equal((await stored(made)).connectionState, 'CONNECTED')
  away.isActive = true
  await reconnect(made)
  await run(clusters, made)
  await isWhole(made, cluster)
  assert.equal(passwordsOf(await stored(made)).current, next)
})

test('a password is confirmed only if it is still the next one, and is wiped', async () => {
  const { made } = await newStore('DISCONNECTED')
  const withNext = (password: string): ClusterKeyStore => ({
    ...made,
    cluster: {
      ...made.cluster,
      wrappedNextPassword: hsm.wrapSecret(nextKmsuserSecretName(made), Buffer.from(password), scope.region),
    },
  })
  const [older, newer] = [withNext('older password'), withNext('newer password')]
  for (const [before, expected] of [
    [made, { current: 'kmsPswd1', next: undefined }],
    [newer, { current: 'kmsPswd1', next: 'newer password' }],
    [withNext('older password'), { current: 'older password', next: undefined }],
  ] as const) {
    await store.write(({ customKeyStores }) => customKeyStores.update(before))
    const opened: Buffer[] = []
    const unwrapSecret: typeof hsm.unwrapSecret = (...args) => {
      const secret = hsm.unwrapSecret(...args)
      opened.push(secret)
      return secret
    }
    await confirmNextPassword(older, {
      store,
      hsm: { unwrapSecret, wrapSecret: (...args) => hsm.wrapSecret(...args) },
    })
    assert.deepEqual(passwordsOf(await stored(made)), expected)
    assert.ok(opened.length > 0 && opened.every(secret => secret.every(byte => byte === 0)))
  }
})

test('a store that cannot be connected says why, and keeps the next password', async () => {
  const { clusters, cluster, made } = await newStore()
  const [, member] = cluster.members
  assert.ok(member !== undefined)
  member.password = 'different'
  const { refusals } = await run(clusters, made)
  assert.deepEqual(refusals, ['INVALID_CREDENTIALS: an HSM has a different password'])
  const { connectionState, connectionErrorCode } = await stored(made)
  assert.deepEqual([connectionState, connectionErrorCode], ['FAILED', 'INVALID_CREDENTIALS'])
  assert.equal(passwordsOf(await stored(made)).next, undefined, 'no HSM was to get one')
  clusters.fail('connect', 'unreachable')
  member.password = 'kmsPswd1'
  await reconnect(made)
  const { faults } = await run(clusters, made)
  assert.deepEqual(
    faults.map(error => (error as Error).message),
    ['unreachable: the test says so'],
  )
  assert.equal((await stored(made)).connectionErrorCode, 'INTERNAL_ERROR')
  const { next } = passwordsOf(await stored(made))
  assert.deepEqual(hsmPasswords(cluster), [next, next])
})

test('a store whose cluster is gone is not connected, and gets no next password', async () => {
  const { clusters, cluster, made } = await newStore()
  clusters.remove(cluster.clusterId)
  await run(clusters, made)
  const { connectionState, connectionErrorCode } = await stored(made)
  assert.deepEqual([connectionState, connectionErrorCode], ['FAILED', 'CLUSTER_NOT_FOUND'])
  assert.equal(passwordsOf(await stored(made)).next, undefined)
})
