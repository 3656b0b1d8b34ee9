import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'node:test'
import {
  type AccessKey,
  globalDomain,
  type KeyRecord,
  type KeySpec,
  type KeyUsage,
  newKey,
  newMaterial,
  newUser,
} from '../../domain/index.ts'
import { type DomainKeyFacts, DomainKeys, type Hsm, openHsm, RootKey } from '../../hsm/index.ts'
import type { Millis } from '../../std/index.ts'
import { openSqliteStore, type Store, type Writer } from '../../store/index.ts'
import { abroad, dayMillis, home, idNo, keyNo, sibling, start } from '../bench.test.ts'
import type { DomainKeyOptions } from './options.ts'
import { Rewrapping } from './rewrapping.ts'
import { rotateDomainKeys } from './rotate-domain-keys.ts'

// No tests: a database whose entities are under domain keys that rotate, new for each test.

export { dayMillis, home, sibling, start }

export const domains = [globalDomain, ...[home, sibling, abroad].map(({ region }) => region)]
export const minuteMillis = 60_000
export const hourMillis = 3_600_000

const plaintext = Buffer.from('a plaintext')
const data = Buffer.from('associated data')
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const symmetricKeys = 60

/** The details of the records of changes of domain keys. */
export interface Details {
  readonly domainKeys?: DomainKeyName[]
  readonly retiringDomainKeyIds?: string[]
}
type DomainKeyName = Pick<DomainKeyFacts, 'domain' | 'domainKeyId' | 'version'>

export type DomainKeyBench = ReturnType<typeof domainKeyBench>

/** Opens a database in a new directory for each test. */
export function useDomainKeyBench(): { readonly it: DomainKeyBench } {
  let bench: DomainKeyBench
  beforeEach(async () => {
    bench = domainKeyBench()
    await bench.fill()
  })
  afterEach(() => bench.remove())
  return {
    get it() {
      return bench
    },
  }
}

function domainKeyBench() {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'keyward-domain-keys-'))
  const { rootKey } = RootKey.make()
  let store: Store
  let hsm: Hsm
  let job: Rewrapping
  /** Ciphertexts from before any rotation, by the id of their key. */
  const ciphertexts = new Map<string, Buffer>()
  const broken: string[] = []
  const bench = {
    dataDirectory,
    rootKey,
    time: start as Millis,
    /** The names of the entities that lists left out. */
    broken,
    get store() {
      return store
    },
    get hsm() {
      return hsm
    },
    get options(): DomainKeyOptions {
      return {
        ...{ store, hsm, clock: { now: () => bench.time }, accountId: home.accountId, region: home.region },
        rootKey: () => rootKey,
        appendCommitted: async () => undefined,
      }
    },
    async open() {
      const locked = await openSqliteStore(join(dataDirectory, 'keyward.db'))
      hsm = openHsm(rootKey, await locked.domainKeys.list())
      store = await locked.unlock(hsm.authenticator, ({ entity }) => broken.push(entity))
      job = new Rewrapping(bench.options)
    },
    async close() {
      await store.close()
      hsm.close()
    },
    /** Loses everything that only the memory has. */
    async reopen() {
      await bench.close()
      await bench.open()
    },
    async remove() {
      await bench.close()
      rmSync(dataDirectory, { recursive: true })
    },
    async fill() {
      const locked = await openSqliteStore(join(dataDirectory, 'keyward.db'))
      const made = domains.map(domain => DomainKeys.generate(rootKey, domain, start))
      const first = openHsm(rootKey, made)
      const unlocked = await locked.unlock(first.authenticator, error => assert.fail(error))
      await unlocked.write(async writer => {
        for (const domainKey of made) await writer.domainKeys.insert(domainKey)
        await fill(writer, first, ciphertexts)
      })
      await unlocked.close()
      first.close()
      await bench.open()
    },
    rotate: (...named: string[]) => rotateDomainKeys(bench.options, named),
    run: () => job.run(),
    /** Runs the job until it rests for its interval. */
    async runAll() {
      for (let runs = 0; await job.run(); runs++) assert.ok(runs < 500, 'the job does not end')
    },
    progress: () => store.reader.rewraps.find(),
    /** The domain keys as `us-east-1 2 current`. */
    keys: () => hsm.ring.list().map(({ domain, version, state }) => `${domain} ${version} ${state}`),
    /** The records in the outbox, which nothing empties here. */
    async records() {
      const lines = await store.reader.outbox.list()
      return lines.map(({ line }) => JSON.parse(line) as { eventName: string; serviceEventDetails: Details })
    },
    /** Checks that everything verifies, and that what was encrypted before any rotation opens. */
    async checkWhole() {
      const faults: string[] = []
      await store.integrity.verify({ fault: text => faults.push(text), progress: () => undefined })
      assert.deepEqual([faults, await store.integrity.findAlteredDomains()], [[], []])
      for (const [keyId, sealed] of ciphertexts) {
        const record = (await store.reader.keys.find(home, keyId)) ?? assert.fail(keyId)
        assert.deepEqual(hsm.decrypt(handleOf(record), sealed, data), plaintext)
      }
      const { wrappedSecret } = (await store.reader.accessKeys.find(accessKeyId)) ?? assert.fail()
      assert.equal(hsm.unwrapSecret(accessKeyId, wrappedSecret).toString(), secret)
    },
  }
  return bench
}

/** Writes keys of several specs with aliases and tags, a user and its access key. */
async function fill(writer: Writer, hsm: Hsm, ciphertexts: Map<string, Buffer>): Promise<void> {
  await writer.accounts.insert(home.accountId, start)
  for (let number = 1; number <= symmetricKeys; number++) {
    const record = await makeKey(hsm, number)
    await writer.keys.insert(record)
    ciphertexts.set(record.key.keyId, hsm.encrypt(handleOf(record), plaintext, data))
  }
  await writer.keys.insert(await makeKey(hsm, 101, 'ECC_NIST_P256', 'SIGN_VERIFY'))
  await writer.keys.insert(await makeKey(hsm, 102, 'HMAC_256', 'GENERATE_VERIFY_MAC'))
  const target = { targetKeyId: idNo(1), createdAt: 0, updatedAt: 0 }
  await writer.aliases.insert({ ...home, aliasName: 'alias/first', ...target })
  await writer.tags.put(home, idNo(1), [{ tagKey: 'team', tagValue: 'red' }])
  const user = { userName: 'ann', userId: 'AIDAIOSFODNN7EXAMPLE', createdAt: start }
  await writer.users.insert(newUser({ accountId: home.accountId, ...user }))
  await writer.accessKeys.insert(accessKey(hsm))
}

/** Makes a key in `home` without storing it. */
export async function makeKey(
  hsm: Hsm,
  number: number,
  keySpec: KeySpec = 'SYMMETRIC_DEFAULT',
  keyUsage: KeyUsage = 'ENCRYPT_DECRYPT',
): Promise<KeyRecord> {
  const owner = { ...home, keyId: idNo(number), keySpec }
  const material = newMaterial(await hsm.generateKeyMaterial(owner), start)
  const facts = { ...owner, keyUsage, origin: 'AWS_KMS', createdAt: start } as const
  const { keyMaterialId } = material
  const key = { ...keyNo(number), ...newKey(facts), currentKeyMaterialId: keyMaterialId }
  return { key: { ...key, keyState: 'Enabled' }, policy: '{"Statement":[]}', materials: [material] }
}

function handleOf({ key, materials }: KeyRecord) {
  const { keyMaterialId = '', keyToken = Buffer.alloc(0) } = materials[0] ?? {}
  const { accountId, region, keyId, keySpec } = key
  return { binding: { accountId, region, keyId, keySpec, keyMaterialId }, keyToken }
}

function accessKey(hsm: Hsm): AccessKey {
  return {
    accessKeyId,
    ...{ accountId: home.accountId, userName: 'ann', service: undefined, isActive: true, createdAt: start },
    wrappedSecret: hsm.wrapSecret(accessKeyId, Buffer.from(secret)),
    ...{ sessionTokenDigest: undefined, expiresAt: undefined },
  }
}
