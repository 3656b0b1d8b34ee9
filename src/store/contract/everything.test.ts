import { newUser } from '../../domain/index.ts'
import {
  accessKeyOf,
  aliasOf,
  all,
  everyByte,
  grantOf,
  groupOf,
  home,
  keyId,
  keyIdNo,
  managedPolicyOf,
  materialOf,
  recordOf,
  roleOf,
  scopes,
  tag,
  usageOf,
  userOf,
} from './databases.test.ts'
import type { Store, Writer } from './store.ts'

// No tests: all that can be written, for tests of transactions.

/** Every method of a Writer, on a key that is there. */
export async function writeEverything(writer: Writer): Promise<void> {
  const { key } = recordOf(home)
  await writer.insertKey(recordOf(home, keyIdNo(2)))
  await writer.updateKey({ ...key, description: 'changed' })
  await writer.setKeyPolicy(home, keyId, '{}')
  await writer.putKeyMaterial(home, keyId, materialOf('e'))
  await writer.deleteKeyMaterial(home, keyId, materialOf('a').keyMaterialId)
  await writer.putKeyUsages([usageOf(home)])
  await writer.insertGrant(grantOf(home, 2))
  await writer.deleteGrant(grantOf(home, 1))
  await writer.insertAlias(aliasOf(home, 'alias/new'))
  await writer.updateAlias(aliasOf(home, 'alias/moved', keyIdNo(2)))
  await writer.deleteAlias(home, 'alias/gone')
  await writer.putTags(home, keyId, [tag('new'), tag('changed', '2')])
  await writer.deleteTags(home, keyId, ['gone'])
  await writer.insertAccount('222222222222', 9)
  const policies = [{ name: 'P', document: '{}' }]
  const user = newUser({
    accountId: home.accountId,
    userName: 'ann',
    userId: 'AIDA1',
    createdAt: 1,
    policies,
  })
  await writer.insertUser(user)
  await writer.insertGroup(groupOf('readers'))
  await writer.updateUser({ ...user, groupNames: ['readers'], policies: [{ name: 'Q', document: '{}' }] })
  await writer.updateGroup(groupOf('readers', { path: '/changed/' }))
  await writer.insertRole(roleOf('reader'))
  await writer.updateRole(roleOf('reader', { description: 'changed' }))
  await writer.insertManagedPolicy(managedPolicyOf('reading'))
  await writer.updateManagedPolicy({ ...managedPolicyOf('reading'), description: 'changed' })
  await writer.deleteUser(userOf('gone'))
  await writer.deleteGroup(groupOf('gone'))
  await writer.deleteRole(roleOf('gone'))
  await writer.deleteManagedPolicy(managedPolicyOf('gone'))
  const accessKey = accessKeyOf('AKIA1', { userName: 'ann' })
  await writer.insertAccessKey(accessKey)
  await writer.updateAccessKey({ ...accessKey, isActive: false })
  await writer.deleteAccessKey(accessKeyOf('AKIAGONE'))
  await writer.putAccessKeysLastUsed([{ accessKeyId: 'AKIA1', at: 5, service: 'kms', region: 'us-east-1' }])
  await writer.insertDomainKey({ domainKeyId: 'id', domain: 'global', wrapped: everyByte() })
  await writer.insertAuditRecord({ eventId: 'e', recordedAt: 1, line: '{}' })
  await writer.deleteAuditRecords(['old'])
  await writer.putSeedDigest('key/1', 'digest')
  await writer.deleteKey(scopes[1] ?? home, keyId)
}

export async function fill(store: Store): Promise<void> {
  await store.write(async writer => {
    for (const scope of scopes) await writer.insertKey(recordOf(scope))
    await writer.insertGrant(grantOf(home, 1))
    for (const name of ['alias/moved', 'alias/gone']) await writer.insertAlias(aliasOf(home, name))
    await writer.putTags(home, keyId, [tag('gone'), tag('changed', '1')])
    await writer.insertAuditRecord({ eventId: 'old', recordedAt: 1, line: '{}' })
    await writer.insertUser(userOf('gone'))
    await writer.insertGroup(groupOf('gone'))
    await writer.insertRole(roleOf('gone'))
    await writer.insertManagedPolicy(managedPolicyOf('gone'))
    await writer.insertAccessKey(accessKeyOf('AKIAGONE'))
  })
}

/** All that `writeEverything` touches. */
export async function readEverything({ reader }: Store) {
  return [
    await reader.findKey(home, keyId),
    await reader.findKey(scopes[1] ?? home, keyId),
    await reader.listKeyIds(home, all),
    await reader.findKeyUsage(home, keyId),
    await reader.listGrants(home, keyId, {}, all),
    await reader.listAliases(home, undefined, all),
    await reader.listTags(home, keyId, all),
    await reader.listAccountIds(),
    await reader.findUser(home.accountId, 'ann'),
    await reader.listUsers(home.accountId, '/', all),
    await reader.listGroups(home.accountId, '/', all),
    await reader.listRoles(home.accountId, '/', all),
    await reader.listManagedPolicies(home.accountId, '/', all),
    await reader.findAccessKey('AKIA1'),
    await reader.listAccessKeys(home.accountId, undefined),
    await reader.listDomainKeys(),
    await reader.listAuditOutbox(),
    await reader.findSeedDigest('key/1'),
  ]
}

/** Time for whatever is not held up to get through. */
export async function letOthersRun(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
}
