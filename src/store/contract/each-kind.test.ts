import { emptyEndpointOf, vpcEndpointOf } from '../../../test/fixtures/private-endpoints/sample-endpoints.ts'
import {
  accessKeyOf,
  aliasOf,
  customKeyStoreOf,
  grantOf,
  groupOf,
  home,
  instanceProfileOf,
  keyId,
  keyIdNo,
  managedPolicyOf,
  materialOf,
  oidcProviderOf,
  recordOf,
  roleOf,
  tag,
  userOf,
} from './databases.test.ts'
import type { Writer } from './store.ts'
import { clusterStoreOf, taskOf, tokenKeyOf } from './token-key-rows.test.ts'
import { cursorOf, headOf, signingKeyOf, trailOf, wholeChainOf } from './trail-rows.test.ts'

// This file has no tests.

/** Writes entities of every kind into a new database, each with everything that it can have. */
export async function writeEachKind(writer: Writer): Promise<void> {
  const policies = [{ name: 'P', document: '{"Statement":[]}' }]
  const attachedPolicyArns = ['arn:aws:iam::000000000000:policy/reading']
  const boundaryArn = 'arn:aws:iam::000000000000:policy/reading'
  const tags = [tag('team', 'red')]
  await writer.accounts.insert(home.accountId, 1)
  const changes = {
    deletionAt: 5,
    pendingWindowDays: 7,
    primaryRegion: 'us-east-1',
    rotation: { periodDays: 90, nextAt: 9 },
    transition: { keyState: 'Enabled', at: 4 } as const,
  }
  const { key } = recordOf(home, keyId, changes)
  const policy = '{"Statement":[{"Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"}}]}'
  const publicKeyToken = new Uint8Array(40)
  const details = { rotation: { type: 'ON_DEMAND', at: 3 }, description: 'd', expiresAt: 8 } as const
  const materials = [
    materialOf('a', { ...details, publicKeyToken, pending: 'PENDING_ROTATION' }),
    materialOf('b'),
  ]
  await writer.keys.insert({ key, policy, materials })
  await writer.keys.insert(recordOf(home, keyIdNo(2)))
  await writeKeyStores(writer)
  await writer.vpcEndpoints.insert(vpcEndpointOf(home, 1))
  await writer.vpcEndpoints.insert(emptyEndpointOf(home, 2))
  await writer.tags.put(home, keyId, tags)
  await writer.aliases.insert(aliasOf(home, 'alias/a'))
  await writer.grants.insert(grantOf(home, 1, { name: 'n', retiring: { type: 'service', service: 's' } }))
  await writer.groups.insert(groupOf('readers', { policies, attachedPolicyArns }))
  await writer.groups.insert(groupOf('writers'))
  await writer.users.insert(
    userOf('ann', { policies, attachedPolicyArns, boundaryArn, tags, groupNames: ['readers'] }),
  )
  await writer.users.insert(userOf('bob'))
  await writer.roles.insert(
    roleOf('reader', { trustPolicy: policy, policies, attachedPolicyArns, boundaryArn, tags }),
  )
  await writer.policies.insert(managedPolicyOf('reading', { tags }))
  await writer.instanceProfiles.insert(instanceProfileOf('web', { roleName: 'reader', tags }))
  await writer.oidcProviders.insert(
    oidcProviderOf('token.example', { clientIds: ['c'], thumbprints: ['t'], tags }),
  )
  await writer.accountAliases.put({ accountId: home.accountId, alias: 'ours', createdAt: 4 })
  await writer.accessKeys.insert(
    accessKeyOf('AKIA1', { userName: 'ann', expiresAt: 9, service: 's3.amazonaws.com' }),
  )
  await writer.seedEntries.putDigest('key/1', 'digest')
  await writer.trails.insert(trailOf('t', { s3KeyPrefix: 'p', kmsKeyArn: 'k', loggingStartedAt: 4, tags }))
  await writer.trails.insert(trailOf('u', { isLogging: true, loggingStoppedAt: 5 }))
  await writer.trailChains.put(wholeChainOf('id of t'))
  await writer.signingKeys.insert(signingKeyOf('k'))
  await writer.auditCursors.put('sink', cursorOf('s'))
  await writer.witnessedHeads.insert(headOf(1))
}

async function writeKeyStores(writer: Writer): Promise<void> {
  const outside = customKeyStoreOf(home, 1)
  await writer.customKeyStores.insert(outside)
  const externalKey = { customKeyStoreId: outside.customKeyStoreId, xksKeyId: 'x' }
  await writer.keys.insert(recordOf(home, keyIdNo(3), { origin: 'EXTERNAL_KEY_STORE', externalKey }))
  const inside = clusterStoreOf(home, 2)
  await writer.customKeyStores.insert(inside)
  await writer.keys.insert(tokenKeyOf(inside, 4))
  await writer.tokenKeys.putTask(taskOf(home, 5))
  await writer.tokenKeys.setCount(taskOf(home, 4), 16)
}
