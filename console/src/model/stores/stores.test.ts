import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectionErrorCodeType, ConnectionStateType } from '@aws-sdk/client-kms'
import { connectionErrors } from '../../text/connection-errors.ts'
import { changedClusterStore, clusterDraftOf, clusterFaults, newClusterStore } from './cluster-draft.ts'
import { readProxyFile } from './proxy-file.ts'
import { actFault, isMoving, newKeyFault, type StoreAct } from './store-states.ts'

test('each state allows the acts of the API reference alone', () => {
  // API reference, "CustomKeyStoreInvalidStateException". A connect that is not needed is no act.
  const allowed: Readonly<Record<StoreAct, string>> = {
    connect: 'DISCONNECTED',
    disconnect: 'CONNECTED CONNECTING FAILED',
    edit: 'CONNECTED DISCONNECTED',
    delete: 'DISCONNECTED',
  }
  for (const [act, states] of Object.entries(allowed)) {
    const found = Object.values(ConnectionStateType).filter(
      state => actFault(act as StoreAct, { ConnectionState: state }) === undefined,
    )
    assert.equal(found.sort().join(' '), states, act)
  }
  const states = Object.values(ConnectionStateType).map(ConnectionState => ({ ConnectionState }))
  assert.deepEqual(
    states.filter(isMoving).map(({ ConnectionState }) => ConnectionState),
    ['CONNECTING', 'DISCONNECTING'],
  )
  assert.deepEqual(
    states.filter(store => newKeyFault(store) === undefined).map(({ ConnectionState }) => ConnectionState),
    ['CONNECTED'],
  )
})

test('every connection error code has a meaning and a remedy', () => {
  assert.deepEqual(Object.keys(connectionErrors).sort(), Object.values(ConnectionErrorCodeType).sort())
})

const certificate = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n-----END CERTIFICATE-----\n`
const cluster = {
  ...{ name: 'inside', clusterId: 'cluster-2a23b4cdefg', trustAnchor: certificate },
  password: 'kmsPswd',
}

test('an AWS CloudHSM key store needs an id, a certificate and a password', () => {
  assert.deepEqual(clusterFaults(cluster), {})
  const bad = {
    name: [''],
    clusterId: ['', 'cluster-1234567890', `cluster-${'a'.repeat(17)}`, 'a'.repeat(11)],
    trustAnchor: ['', 'MIIB', certificate + 'A'.repeat(5000)],
    password: ['', 'kmsPsw', 'p'.repeat(33)],
  }
  for (const [name, values] of Object.entries(bad))
    for (const value of values)
      assert.deepEqual(Object.keys(clusterFaults({ ...cluster, [name]: value })), [name], `${name} ${value}`)
  assert.deepEqual(newClusterStore(cluster), {
    ...{ CustomKeyStoreName: 'inside', CustomKeyStoreType: 'AWS_CLOUDHSM', KeyStorePassword: 'kmsPswd' },
    ...{ CloudHsmClusterId: cluster.clusterId, TrustAnchorCertificate: certificate },
  })
})

test('an AWS CloudHSM key store keeps the password that is not typed', () => {
  const store = {
    ...{ CustomKeyStoreId: 'cks-1', CustomKeyStoreName: 'inside', CloudHsmClusterId: cluster.clusterId },
    TrustAnchorCertificate: certificate,
  }
  const before = clusterDraftOf(store)
  assert.deepEqual(clusterFaults(before, store), {})
  assert.equal(changedClusterStore(before, store), undefined)
  assert.deepEqual(clusterFaults({ ...before, password: 'short' }, store), {
    password: 'The password has 7 to 32 characters.',
  })
  assert.deepEqual(changedClusterStore({ ...before, name: 'x', password: 'kmsPswd' }, store), {
    ...{ CustomKeyStoreId: 'cks-1', NewCustomKeyStoreName: 'x', KeyStorePassword: 'kmsPswd' },
  })
})

test('the configuration file of a proxy gives the path and the credential', () => {
  const file = {
    XksProxyUriPath: '/example-prefix/kms/xks/v1',
    XksProxyAuthenticationCredential: { AccessKeyId: 'id', RawSecretAccessKey: 'a secret' },
  }
  assert.deepEqual(readProxyFile(JSON.stringify(file)), {
    ...{ pathPrefix: '/example-prefix', accessKeyId: 'id', secret: 'a secret' },
  })
  const wrong = [
    ...['', '[]', 'null', '"a secret"', '{"a secret": ', JSON.stringify({ ...file, XksProxyUriPath: 1 })],
    JSON.stringify({ ...file, XksProxyAuthenticationCredential: { AccessKeyId: 'id' } }),
  ]
  // A text about a file never has what is in it.
  for (const text of wrong)
    assert.throws(
      () => readProxyFile(text),
      (error: Error) => /^The file/.test(error.message) && !error.message.includes('a secret'),
    )
})
