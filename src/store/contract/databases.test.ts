import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe } from 'node:test'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import {
  type AccessKey,
  type AccountAlias,
  type Alias,
  type ExternalKeyStore,
  type Grant,
  type Group,
  type InstanceProfile,
  type KeyMaterial,
  type KeyRecord,
  type KmsKey,
  type ManagedPolicy,
  newGroup,
  newKey,
  newManagedPolicy,
  newMaterial,
  newRole,
  newUser,
  type OidcProvider,
  type PageRequest,
  type Role,
  type Scope,
  type User,
} from '../../domain/index.ts'
import type { KeyUsageRecord } from './keys.ts'
import type { StoredDomainKey } from './server.ts'
import type { Store } from './store.ts'

// This file has no tests. It has the databases that the contract tests run on, and rows to put into them.

/** Each `make` chooses a place for a new, empty database and returns a function that opens it, as often as needed. */
const databases: readonly { name: string; make: () => () => Promise<Store> }[] = [
  {
    name: 'sqlite',
    make: () =>
      (
        (path: string) => () =>
          openTestStore(path)
      )(newPath()),
  },
]

let directory: string | undefined
let pathCount = 0

function newPath(): string {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'keyward-store-'))
    process.on('exit', () => rmSync(made, { recursive: true }))
    directory = made
  }
  return join(directory, `${++pathCount}.db`)
}

export interface TestStore {
  /** The open store: a new one for each test, with the two accounts in it. */
  readonly store: Store
  reopen(): Promise<void>
}

/** Runs the tests that `contract` defines on every database. */
export function holdEveryDatabase(what: string, contract: (on: TestStore) => void): void {
  for (const { name, make } of databases) {
    describe(`${what} in ${name}`, () => {
      let open: () => Promise<Store>
      let store: Store
      beforeEach(async () => {
        open = make()
        store = await open()
        await store.write(async writer => {
          for (const [index, accountId] of accounts.entries()) await writer.accounts.insert(accountId, index)
        })
      })
      afterEach(() => store.close())
      contract({
        get store() {
          return store
        },
        async reopen() {
          await store.close()
          store = await open()
        },
      })
    })
  }
}

export const accounts = ['000000000000', '111111111111']
export const scopes: readonly Scope[] = accounts.flatMap(accountId =>
  ['us-east-1', 'eu-central-1'].map(region => ({ accountId, region })),
)
export const home: Scope = { accountId: '000000000000', region: 'us-east-1' }
export const others = scopes.slice(1)
export const keyId = '00000000-0000-4000-8000-000000000001'
export const keyIdNo = (number: number) => keyId.slice(0, -3) + String(number).padStart(3, '0')
export const all: PageRequest = { after: undefined, limit: 1000 }

export const everyByte = () => Uint8Array.from({ length: 256 }, (_, index) => index)

export const insertKeys = (store: Store, ...records: readonly KeyRecord[]): Promise<void> =>
  store.write(async writer => {
    for (const record of records) await writer.keys.insert(record)
  })

export function recordOf(scope: Scope, id = keyId, changes: Partial<KmsKey> = {}): KeyRecord {
  return {
    key: {
      ...newKey({
        ...scope,
        keyId: id,
        keySpec: 'SYMMETRIC_DEFAULT',
        keyUsage: 'ENCRYPT_DECRYPT',
        origin: 'AWS_KMS',
        createdAt: 1_795_000_000_123,
      }),
      description: `in ${scope.accountId} ${scope.region}`,
      currentKeyMaterialId: 'a'.repeat(64),
      ...changes,
    },
    policy: `{"Id":"${scope.accountId}/${scope.region}"}`,
    materials: [materialOf('a', { createdAt: 1_795_000_000_124 })],
  }
}

export function materialOf(letter: string, changes: Partial<KeyMaterial> = {}): KeyMaterial {
  const wrapped = { keyMaterialId: letter.repeat(64), keyToken: everyByte(), publicKeyToken: undefined }
  return { ...newMaterial(wrapped, letter.charCodeAt(0)), ...changes }
}

export function aliasOf(scope: Scope, aliasName: string, targetKeyId = keyId): Alias {
  return { ...scope, aliasName, targetKeyId, createdAt: 5, updatedAt: 6 }
}

export function grantOf(scope: Scope, number: number, changes: Partial<Grant> = {}): Grant {
  return {
    ...scope,
    keyId,
    grantId: String(number).padStart(64, '0'),
    name: undefined,
    grantee: { type: 'principal', arn: `arn:aws:iam::${scope.accountId}:user/ann` },
    retiring: undefined,
    operations: ['Decrypt'],
    constraints: {},
    issuingAccountId: scope.accountId,
    createdAt: 1_795_000_000_125,
    ...changes,
  }
}

export function usageOf(scope: Scope, changes: Partial<KeyUsageRecord> = {}): KeyUsageRecord {
  const { accountId, region } = scope
  const ids = { eventId: `event in ${region}`, requestId: `request of ${accountId}` }
  return {
    scope: { accountId, region },
    keyId,
    operation: 'Decrypt',
    usedAt: 1_795_000_000_126,
    ...ids,
    ...changes,
  }
}

export const tag = (tagKey: string, tagValue = '') => ({ tagKey, tagValue })

export function accessKeyOf(accessKeyId: string, changes: Partial<AccessKey> = {}): AccessKey {
  return {
    accessKeyId,
    accountId: home.accountId,
    userName: undefined,
    service: undefined,
    wrappedSecret: everyByte(),
    isActive: true,
    createdAt: 1_795_000_000_000,
    sessionTokenDigest: undefined,
    expiresAt: undefined,
    ...changes,
  }
}

const inHome = (id: string) => ({ accountId: home.accountId, id: `${id}1`, createdAt: 1_795_000_000_127 })

export function userOf(userName: string, changes: Partial<User> = {}): User {
  const { id, ...common } = inHome(`AIDA${userName}`)
  return newUser({ ...common, userName, userId: id, ...changes })
}

export function groupOf(groupName: string, changes: Partial<Group> = {}): Group {
  const { id, ...common } = inHome(`AGPA${groupName}`)
  return newGroup({ ...common, groupName, groupId: id, ...changes })
}

export function roleOf(roleName: string, changes: Partial<Role> = {}): Role {
  const { id, ...common } = inHome(`AROA${roleName}`)
  return newRole({ ...common, roleName, roleId: id, trustPolicy: '{}', ...changes })
}

export function managedPolicyOf(policyName: string, changes: Partial<ManagedPolicy> = {}): ManagedPolicy {
  const { id, ...common } = inHome(`ANPA${policyName}`)
  return { ...newManagedPolicy({ ...common, policyName, policyId: id, document: '{}' }), ...changes }
}

export function instanceProfileOf(name: string, changes: Partial<InstanceProfile> = {}): InstanceProfile {
  const { id, ...common } = inHome(`AIPA${name}`)
  const profile = { ...common, instanceProfileName: name, instanceProfileId: id, path: '/' }
  return { ...profile, roleName: undefined, tags: [], ...changes }
}

export function oidcProviderOf(host: string, changes: Partial<OidcProvider> = {}): OidcProvider {
  const { id: _, ...common } = inHome(host)
  return { ...common, host, clientIds: [], thumbprints: [], tags: [], ...changes }
}

/** An external key store; its id ends with a number of one digit. */
export function customKeyStoreOf(
  scope: Scope,
  number: number,
  changes: Partial<ExternalKeyStore> = {},
): ExternalKeyStore {
  return {
    ...scope,
    customKeyStoreId: `cks-${'0'.repeat(16)}${number}`,
    name: `store ${number}`,
    type: 'EXTERNAL_KEY_STORE',
    createdAt: 1_795_000_000_129,
    connectionState: 'DISCONNECTED',
    connectionErrorCode: undefined,
    proxy: {
      connectivity: 'PUBLIC_ENDPOINT',
      uriEndpoint: `https://xks${number}.example.com`,
      uriPath: '/kms/xks/v1',
      vpcEndpointServiceName: undefined,
      vpcEndpointServiceOwner: undefined,
      accessKeyId: 'ABCDEFGHIJKLMNOPQRST',
      wrappedSecret: everyByte(),
      credentialSince: 1_795_000_000_130,
    },
    ...changes,
  }
}

/** The record of a domain key from before rotation. */
export function domainKeyOf(domainKeyId: string, changes: Partial<StoredDomainKey> = {}): StoredDomainKey {
  const before = { version: null, state: null, createdAt: null }
  return { domainKeyId, domain: 'global', wrapped: everyByte(), ...before, ...changes }
}

export function accountAliasOf(alias: string, accountId = home.accountId): AccountAlias {
  return { accountId, alias, createdAt: 1_795_000_000_128 }
}

/** Asserts equality. A Buffer equals its bytes, and an absent member equals an undefined one. */
export function same(actual: unknown, expected: unknown): void {
  assert.deepEqual(plain(actual), plain(expected))
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return { pairs: [...value].sort() }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]))
}
