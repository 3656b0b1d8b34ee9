import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'node:test'
import { openTestStore } from '../../test/fixtures/test-store.ts'
import {
  type KeyMaterial,
  type KeyRecord,
  type KmsKey,
  materialState,
  newKey,
  newMaterial,
  type RotationType,
} from '../domain/index.ts'
import { DomainKeys, type Hsm, type KeyHandle, openHsm, RootKey } from '../hsm/index.ts'
import type { Store } from '../store/index.ts'
import { type Rotated, rotateKey } from './rotation.ts'

// No tests: a database and an HSM, new for each test, and keys to put into them.

export const accountId = '000000000000'
export const now = Date.parse('2026-11-24T12:00:00Z')
export const dayMillis = 86_400_000
export const primaryRegion = 'us-east-1'
export const europe = 'eu-west-1'
export const asia = 'ap-northeast-1'
export const replicaRegions = [europe, asia]
export const allRegions = [primaryRegion, ...replicaRegions]
export const keyId = 'mrk-1234abcd12ab34cd56ef1234567890ab'
export const policy = '{"Id":"policy"}'

export interface Bench {
  readonly store: Store
  readonly hsm: Hsm
  find(region?: string, id?: string): Promise<KeyRecord>
  /** The id and state of each key material, with `gone` if its bytes are not there: `1a2b… NON_CURRENT gone`. */
  materialsIn(region?: string): Promise<string[]>
  /** The states of the key in all its regions. */
  statesOf(): Promise<string[]>
  insert(...records: KeyRecord[]): Promise<void>
  rotate(type?: RotationType, at?: number): Promise<Rotated[]>
}

export function useBench(): Bench {
  let directory: string
  let store: Store
  let hsm: Hsm
  const find = async (region = primaryRegion, id = keyId) =>
    (await store.reader.keys.find({ accountId, region }, id)) ?? assert.fail(`no key in ${region}`)
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'keyward-lifecycle-'))
    const { rootKey } = RootKey.make()
    const domainKeys = allRegions.map(region => DomainKeys.generate(rootKey, region))
    hsm = openHsm(rootKey, domainKeys)
    store = await openTestStore(join(directory, 'keyward.db'))
    await store.write(writer => writer.accounts.insert(accountId, 0))
  })
  afterEach(async () => {
    await store.close()
    hsm.close()
    rmSync(directory, { recursive: true })
  })
  return {
    get store() {
      return store
    },
    get hsm() {
      return hsm
    },
    find,
    async materialsIn(region) {
      const { key, materials } = await find(region)
      return materials.map(material => {
        const gone = material.keyToken === undefined ? ' gone' : ''
        return `${material.keyMaterialId} ${materialState(key, material)}${gone}`
      })
    },
    async statesOf() {
      const members = await store.reader.keys.listMembers(accountId, keyId)
      return members.map(member => member.keyState)
    },
    insert: (...records) =>
      store.write(async writer => {
        for (const record of records) await writer.keys.insert(record)
      }),
    async rotate(type = 'ON_DEMAND', at = now) {
      const record = await find()
      return await store.write(writer => rotateKey(writer, hsm, record, type, at))
    },
  }
}

/** A member of the key. Members are created in the order of the regions. */
export function keyIn(region: string, changes: Partial<KmsKey> = {}): KmsKey {
  const { origin = 'AWS_KMS', keySpec = 'SYMMETRIC_DEFAULT', keyUsage = 'ENCRYPT_DECRYPT' } = changes
  const createdAt = now - dayMillis + allRegions.indexOf(region)
  const key = newKey({ accountId, region, keyId, keySpec, keyUsage, origin, createdAt })
  return { ...key, description: `in ${region}`, primaryRegion, ...changes }
}

/** The members, in these regions, of a key with one generated key material. The first region has the primary. */
export async function makeMembers(
  hsm: Hsm,
  regions: readonly string[],
  changes: Partial<KmsKey> = {},
): Promise<KeyRecord[]> {
  const key = keyIn(primaryRegion, changes)
  const made = await hsm.generateKeyMaterial(key)
  const handle = handleOf(key, newMaterial(made, 0))
  return regions.map(region => {
    const wrapped = region === key.region ? made : hsm.replicateKeyMaterial(handle, region)
    const member = { ...keyIn(region, changes), currentKeyMaterialId: made.keyMaterialId }
    return { key: member, policy, materials: [newMaterial(wrapped, member.createdAt)] }
  })
}

export function handleOf({ region, keyId, keySpec }: KmsKey, material: KeyMaterial | undefined): KeyHandle {
  const { keyMaterialId, keyToken = assert.fail('no bytes') } = material ?? assert.fail('no key material')
  return { binding: { accountId, region, keyId, keySpec, keyMaterialId }, keyToken }
}

/** The handle of a key material of a record; without an id, of the current one. */
export function handleIn({ key, materials }: KeyRecord, id = key.currentKeyMaterialId): KeyHandle {
  return handleOf(
    key,
    materials.find(material => material.keyMaterialId === id),
  )
}
