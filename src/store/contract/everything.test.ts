import { vpcEndpointOf } from '../../../test/fixtures/private-endpoints/sample-endpoints.ts'
import { newUser } from '../../domain/index.ts'
import {
  accessKeyOf,
  accountAliasOf,
  aliasOf,
  all,
  customKeyStoreOf,
  domainKeyOf,
  everyByte,
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
  scopes,
  tag,
  usageOf,
  userOf,
} from './databases.test.ts'
import type { Reader, Store, Writer } from './store.ts'
import { clusterStoreOf, taskOf, tokenKeyOf } from './token-key-rows.test.ts'
import { chainOf, cursorOf, headOf, signingKeyOf, trailOf } from './trail-rows.test.ts'

// This file has no tests. It writes everything that can be written, for the tests of transactions and listeners.

/** Calls every write of every aspect, on a key that `fill` inserted. */
export async function writeEverything(writer: Writer): Promise<void> {
  const { key } = recordOf(home)
  await writer.keys.insert(recordOf(home, keyIdNo(2)))
  await writer.keys.update({ ...key, description: 'changed' })
  await writer.keys.setPolicy(home, keyId, '{}')
  await writer.keys.putMaterial(home, keyId, materialOf('e'))
  await writer.keys.deleteMaterial(home, keyId, materialOf('a').keyMaterialId)
  await writer.keys.putUsages([usageOf(home)])
  await writeKeyStores(writer)
  await writer.grants.insert(grantOf(home, 2))
  await writer.grants.delete(grantOf(home, 1))
  await writer.aliases.insert(aliasOf(home, 'alias/new'))
  await writer.aliases.update(aliasOf(home, 'alias/moved', keyIdNo(2)))
  await writer.aliases.delete(home, 'alias/gone')
  await writer.tags.put(home, keyId, [tag('new'), tag('changed', '2')])
  await writer.tags.delete(home, keyId, ['gone'])
  await writer.accounts.insert('222222222222', 9)
  const policies = [{ name: 'P', document: '{}' }]
  const user = newUser({
    accountId: home.accountId,
    userName: 'ann',
    userId: 'AIDA1',
    createdAt: 1,
    policies,
  })
  await writer.users.insert(user)
  await writer.groups.insert(groupOf('readers'))
  await writer.users.update({ ...user, groupNames: ['readers'], policies: [{ name: 'Q', document: '{}' }] })
  await writer.groups.update(groupOf('readers', { path: '/changed/' }))
  await writer.roles.insert(roleOf('reader'))
  await writer.roles.update(roleOf('reader', { description: 'changed' }))
  await writer.policies.insert(managedPolicyOf('reading'))
  await writer.policies.update({ ...managedPolicyOf('reading'), description: 'changed' })
  await writer.roles.putLastUsed([{ roleId: roleOf('reader').roleId, at: 5, region: 'us-east-1' }])
  await writer.instanceProfiles.insert(instanceProfileOf('new'))
  await writer.instanceProfiles.update({ ...instanceProfileOf('new'), roleName: 'reader' })
  await writer.instanceProfiles.delete(instanceProfileOf('gone'))
  await writer.oidcProviders.insert(oidcProviderOf('new.example.com'))
  await writer.oidcProviders.update({ ...oidcProviderOf('new.example.com'), clientIds: ['app'] })
  await writer.oidcProviders.delete(oidcProviderOf('gone.example.com'))
  await writer.accountAliases.delete(accountAliasOf('gone'))
  await writer.accountAliases.put(accountAliasOf('new'))
  await writer.users.delete(userOf('gone'))
  await writer.groups.delete(groupOf('gone'))
  await writer.roles.delete(roleOf('gone'))
  await writer.policies.delete(managedPolicyOf('gone'))
  const accessKey = accessKeyOf('AKIA1', { userName: 'ann' })
  await writer.accessKeys.insert(accessKey)
  await writer.accessKeys.update({ ...accessKey, isActive: false })
  await writer.accessKeys.delete(accessKeyOf('AKIAGONE'))
  await writer.accessKeys.putLastUsed([{ accessKeyId: 'AKIA1', at: 5, service: 'kms', region: 'us-east-1' }])
  await writer.outbox.insert({ eventId: 'e', recordedAt: 1, line: '{}' })
  await writer.outbox.delete(['old'])
  await writer.seedEntries.putDigest('key/1', 'digest')
  await writeEndpoints(writer)
  await writeDomainKeys(writer)
  await writeTrails(writer)
  await writer.keys.delete(scopes[1] ?? home, keyId)
}

async function writeKeyStores(writer: Writer): Promise<void> {
  await writer.customKeyStores.insert(customKeyStoreOf(home, 2))
  await writer.customKeyStores.update(customKeyStoreOf(home, 2, { connectionState: 'CONNECTING' }))
  await writer.customKeyStores.delete(customKeyStoreOf(home, 1))
  await writer.customKeyStores.insert(clusterStoreOf(home, 3))
  await writer.keys.insert(tokenKeyOf(clusterStoreOf(home, 3), 3))
  await writer.tokenKeys.putTask(taskOf(home, 2))
  await writer.tokenKeys.deleteTask(taskOf(home, 1))
  await writer.tokenKeys.setCount(taskOf(home, 2), 7)
}

async function writeEndpoints(writer: Writer): Promise<void> {
  await writer.vpcEndpoints.insert(vpcEndpointOf(home, 1))
  await writer.vpcEndpoints.update(vpcEndpointOf(home, 1, { state: 'available', lastError: undefined }))
  await writer.vpcEndpoints.delete(vpcEndpointOf(home, 2))
}

async function writeDomainKeys(writer: Writer): Promise<void> {
  const domainKey = domainKeyOf('id', { version: 3, state: 'current', createdAt: 5 })
  await writer.domainKeys.insert(domainKey)
  await writer.domainKeys.update({ ...domainKey, state: 'retiring', wrapped: everyByte().subarray(1) })
  await writer.domainKeys.delete('gone')
  await writer.domainKeys.change({ put: [domainKeyOf('other')], removed: ['id of none'], erased: [] })
  writer.domainKeys.erase([])
  await writer.rootKeys.put('{}')
  await writer.rewraps.delete()
  const rewrapped = { startedAt: 5, domains: ['global', 'us-east-1'], retiringIds: ['id'] }
  await writer.rewraps.put(await writer.rewraps.step(await writer.rewraps.begin(rewrapped), 1))
}

async function writeTrails(writer: Writer): Promise<void> {
  await writer.trails.insert(trailOf('new'))
  await writer.trails.update(trailOf('new', { isLogging: true }))
  await writer.trails.delete(trailOf('gone'))
  await writer.trailChains.put(chainOf('id of new'))
  await writer.trailChains.delete(chainOf('id of gone'))
  await writer.signingKeys.insert(signingKeyOf('k'))
  await writer.auditCursors.put('sink', cursorOf('s'))
  await writer.auditCursors.delete('gone')
  await writer.witnessedHeads.insert(headOf(1))
}

export async function fill(store: Store): Promise<void> {
  await store.write(async writer => {
    for (const scope of scopes) await writer.keys.insert(recordOf(scope))
    await writer.customKeyStores.insert(customKeyStoreOf(home, 1))
    await writer.tokenKeys.putTask(taskOf(home, 1))
    await writer.vpcEndpoints.insert(vpcEndpointOf(home, 2))
    await writer.grants.insert(grantOf(home, 1))
    for (const name of ['alias/moved', 'alias/gone']) await writer.aliases.insert(aliasOf(home, name))
    await writer.tags.put(home, keyId, [tag('gone'), tag('changed', '1')])
    await writer.outbox.insert({ eventId: 'old', recordedAt: 1, line: '{}' })
    await writer.users.insert(userOf('gone'))
    await writer.groups.insert(groupOf('gone'))
    await writer.roles.insert(roleOf('gone'))
    await writer.policies.insert(managedPolicyOf('gone'))
    await writer.instanceProfiles.insert(instanceProfileOf('gone'))
    await writer.oidcProviders.insert(oidcProviderOf('gone.example.com'))
    await writer.accountAliases.put(accountAliasOf('gone'))
    await writer.accessKeys.insert(accessKeyOf('AKIAGONE'))
    await writer.trails.insert(trailOf('gone'))
    await writer.trailChains.put(chainOf('id of gone'))
    await writer.auditCursors.put('gone', cursorOf('s'))
    await writer.domainKeys.insert(domainKeyOf('gone'))
  })
}

/** Reads everything that `writeEverything` changes. */
export async function readEverything({ reader }: Store) {
  return [
    await reader.keys.find(home, keyId),
    await reader.keys.find(scopes[1] ?? home, keyId),
    await reader.keys.listIds(home, all),
    await reader.keys.findUsage(home, keyId),
    await reader.customKeyStores.list(home, all),
    await reader.tokenKeys.listTasks(),
    await reader.tokenKeys.findTask(home, taskOf(home, 1).keyId),
    await reader.tokenKeys.countOf(taskOf(home, 2)),
    await reader.tokenKeys.listKeys(clusterStoreOf(home, 3), all),
    await reader.vpcEndpoints.list(home),
    await reader.grants.list(home, keyId, {}, all),
    await reader.aliases.list(home, undefined, all),
    await reader.tags.list(home, keyId, all),
    await reader.accounts.listIds(),
    await reader.users.find(home.accountId, 'ann'),
    await reader.users.list(home.accountId, '/', all),
    await reader.groups.list(home.accountId, '/', all),
    await reader.roles.list(home.accountId, '/', all),
    await reader.roles.findLastUsed(roleOf('reader').roleId),
    await reader.policies.list(home.accountId, '/', all),
    await reader.instanceProfiles.list(home.accountId, '/', all),
    await reader.oidcProviders.list(home.accountId),
    await reader.accountAliases.findOfAccount(home.accountId),
    await reader.accessKeys.find('AKIA1'),
    await reader.accessKeys.list(home.accountId, undefined),
    await reader.domainKeys.list(),
    await reader.rootKeys.find(),
    await reader.rewraps.find(),
    await reader.outbox.list(),
    await reader.seedEntries.findDigest('key/1'),
    await reader.trails.list(home.accountId),
    await reader.trailChains.list('id of new'),
    await reader.trailChains.find('id of gone', home.region),
    await reader.signingKeys.list('digest', home.region),
    await reader.auditCursors.list(),
    await reader.witnessedHeads.find(home.accountId, 's', 1),
  ]
}

/** Returns the same aspects, which add the name of each method to `called` when it is called, such as `tags.put`. */
export function recording<T extends Reader>(aspects: T, called: Set<string>): T {
  const recordingOf = (aspectName: string, aspect: object) =>
    new Proxy(aspect, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        called.add(`${aspectName}.${String(name)}`)
        return member.bind(target) as unknown
      },
    })
  return Object.fromEntries(
    Object.entries(aspects).map(([name, aspect]) => [name, recordingOf(name, aspect as object)]),
  ) as unknown as T
}

/** The names of the methods that write: a writer has them, and the reader of its aspect does not. */
export function writesOf(writer: Writer, reader: Reader): string[] {
  return Object.entries(writer).flatMap(([name, aspect]: [string, object]) => {
    const read = reader[name as keyof Reader] as unknown as Record<string, unknown>
    return Object.getOwnPropertyNames(Object.getPrototypeOf(aspect))
      .filter(method => read[method] === undefined)
      .map(method => `${name}.${method}`)
  })
}

/** Waits long enough for everything that is not blocked to finish. */
export async function letOthersRun(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
}
