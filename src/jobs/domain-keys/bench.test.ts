import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'node:test'
import { atOnce } from '../../../test/fixtures/async/at-once.ts'
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
import {
  type LockedStore,
  openSqliteStore,
  type RewrapProgress,
  type Store,
  type Writer,
} from '../../store/index.ts'
import { abroad, dayMillis, home, idNo, keyNo, sibling, start } from '../bench.test.ts'
import type { More } from '../scheduler.ts'
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

/** Opens a database in a new directory for each test. */
export function useDomainKeyBench(): { readonly it: DomainKeyBench } {
  let bench: DomainKeyBench
  beforeEach(async () => {
    bench = new DomainKeyBench()
    await bench.fill()
  })
  afterEach(() => bench.remove())
  return {
    get it() {
      return bench
    },
  }
}

export class DomainKeyBench {
  readonly dataDirectory = mkdtempSync(join(tmpdir(), 'keyward-domain-keys-'))
  readonly rootKey = RootKey.make().rootKey
  time: Millis = start
  #opened: { readonly store: Store; readonly hsm: Hsm; readonly job: Rewrapping } | undefined
  /** Ciphertexts from before any rotation, by the id of their key. */
  readonly #ciphertexts = new Map<string, Buffer>()

  get store(): Store {
    return this.#opened?.store ?? assert.fail('closed')
  }

  get hsm(): Hsm {
    return this.#opened?.hsm ?? assert.fail('closed')
  }

  #optionsWith(store: Store, hsm: Hsm): DomainKeyOptions {
    return {
      ...{ store, hsm, clock: { now: () => this.time }, accountId: home.accountId, region: home.region },
      rootKey: () => this.rootKey,
      appendCommitted: async () => undefined,
    }
  }

  async fill(): Promise<void> {
    const locked = await this.#openLocked()
    const made = domains.map(domain => DomainKeys.generate(this.rootKey, domain, start))
    const hsm = openHsm(this.rootKey, made)
    const store = await locked.unlock(hsm.authenticator, error => assert.fail(error))
    await store.write(async writer => {
      for (const domainKey of made) await writer.domainKeys.insert(domainKey)
      await fill(writer, hsm, this.#ciphertexts)
    })
    await store.close()
    hsm.close()
    await this.#open()
  }

  /** Loses everything that only the memory has. */
  async reopen(): Promise<void> {
    await this.#close()
    await this.#open()
  }

  async remove(): Promise<void> {
    await this.#close()
    rmSync(this.dataDirectory, { recursive: true })
  }

  rotate(...named: string[]): Promise<readonly string[]> {
    return rotateDomainKeys(this.#optionsWith(this.store, this.hsm), named)
  }

  async run(): Promise<More> {
    return await (this.#opened?.job ?? assert.fail('closed')).run()
  }

  /** Runs the job until it rests for its interval. */
  async runAll(): Promise<void> {
    for (let runs = 0; await this.run(); runs++) assert.ok(runs < 500, 'the job does not end')
  }

  progress(): Promise<RewrapProgress | undefined> {
    return this.store.reader.rewraps.find()
  }

  /** The domain keys as `us-east-1 2 current`. */
  keys(): string[] {
    return this.hsm.ring.list().map(({ domain, version, state }) => `${domain} ${version} ${state}`)
  }

  /** The records in the outbox, which nothing empties here. */
  async records(): Promise<{ eventName: string; serviceEventDetails: Details }[]> {
    const lines = await this.store.reader.outbox.list()
    return lines.map(({ line }) => JSON.parse(line))
  }

  /** Checks that everything verifies, and that what was encrypted before any rotation opens. */
  async checkWhole(): Promise<void> {
    const { store, hsm } = this
    const faults: string[] = []
    await store.integrity.verify({ fault: text => faults.push(text), progress: () => undefined })
    assert.deepEqual([faults, await store.integrity.findAlteredDomains()], [[], []])
    for (const [keyId, sealed] of this.#ciphertexts) {
      const record = (await store.reader.keys.find(home, keyId)) ?? assert.fail(keyId)
      assert.deepEqual(atOnce(hsm.decrypt(handleOf(record), sealed, data)), plaintext)
    }
    const { wrappedSecret } = (await store.reader.accessKeys.find(accessKeyId)) ?? assert.fail()
    assert.equal(hsm.unwrapSecret(accessKeyId, wrappedSecret).toString(), secret)
  }

  #openLocked(): Promise<LockedStore> {
    return openSqliteStore(join(this.dataDirectory, 'keyward.db'))
  }

  async #open(): Promise<void> {
    const locked = await this.#openLocked()
    const hsm = openHsm(this.rootKey, await locked.domainKeys.list())
    const store = await locked.unlock(hsm.authenticator, () => undefined)
    this.#opened = { store, hsm, job: new Rewrapping(this.#optionsWith(store, hsm)) }
  }

  async #close(): Promise<void> {
    await this.store.close()
    this.hsm.close()
  }
}

/** Writes keys of several specs with aliases and tags, a user and its access key. */
async function fill(writer: Writer, hsm: Hsm, ciphertexts: Map<string, Buffer>): Promise<void> {
  await writer.accounts.insert(home.accountId, start)
  for (let number = 1; number <= symmetricKeys; number++) {
    const record = await makeKey(hsm, number)
    await writer.keys.insert(record)
    ciphertexts.set(record.key.keyId, atOnce(hsm.encrypt(handleOf(record), plaintext, data)))
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
