import type { ClusterKeyStore, KeyRecord, Scope } from '../../domain/index.ts'
import { everyByte, keyIdNo, materialOf, recordOf } from './databases.test.ts'
import type { TokenKeyTask } from './token-keys.ts'

// This file has no tests. It has custom key stores whose keys are in the HSMs of a cluster, their keys, and tasks.

/** A store that has all that it can have; its id ends with a number of one digit. */
export function clusterStoreOf(
  scope: Scope,
  number: number,
  changes: Partial<ClusterKeyStore> = {},
): ClusterKeyStore {
  return {
    ...scope,
    customKeyStoreId: `cks-${'0'.repeat(16)}${number}`,
    name: `store ${number}`,
    type: 'AWS_CLOUDHSM',
    createdAt: 1_795_000_000_132,
    connectionState: 'CONNECTED',
    connectionErrorCode: undefined,
    cluster: {
      cloudHsmClusterId: `cluster-1234567890${number}`,
      trustAnchorCertificate: '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----',
      wrappedPassword: everyByte(),
      wrappedNextPassword: everyByte().reverse(),
    },
    ...changes,
  }
}

/** A key in such a store, with one key material. */
export function tokenKeyOf(store: ClusterKeyStore, number: number, letter = 'a'): KeyRecord {
  const clusterKey = { customKeyStoreId: store.customKeyStoreId }
  const { accountId, region } = store
  const record = recordOf({ accountId, region }, keyIdNo(number), {
    ...{ origin: 'AWS_CLOUDHSM', clusterKey, currentKeyMaterialId: letter.repeat(64) },
  })
  return { ...record, materials: [materialOf(letter)] }
}

export function taskOf(scope: Scope, number: number, changes: Partial<TokenKeyTask> = {}): TokenKeyTask {
  return {
    ...{ accountId: scope.accountId, region: scope.region },
    keyId: keyIdNo(number),
    keyMaterialId: 'a'.repeat(64),
    customKeyStoreId: `cks-${'0'.repeat(16)}1`,
    task: 'make',
    since: 1_795_000_000_133,
    isRecorded: false,
    ...changes,
  }
}
