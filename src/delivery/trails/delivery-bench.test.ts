import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { afterEach, beforeEach } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { openTestStore, testKeys } from '../../../test/fixtures/test-store.ts'
import { AuditLog } from '../../audit/index.ts'
import { defaultSelectors, type Trail } from '../../domain/index.ts'
import { type Hsm, openHsm } from '../../hsm/index.ts'
import { uuid } from '../../std/index.ts'
import type { Store } from '../../store/index.ts'
import { DirectoryStore } from '../objects/directory-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import type { DeliveryFacts, DeliveryOptions } from './delivery-options.ts'
import { TrailDelivery } from './trail-delivery.ts'

// No tests: a store, an HSM, an audit log, a bucket and a clock for the tests of the delivery, new for each test.

export const start = Date.parse('2026-11-30T12:00:00Z')
export const minute = 60_000
export const hour = 60 * minute
export const account = '000000000000'
export const other = '111111111111'

export interface Digest {
  readonly key: string
  readonly digestStartTime: string
  readonly digestEndTime: string
  readonly previousDigestS3Object: string | null
  readonly previousDigestHashValue: string | null
  readonly previousDigestSignature: string | null
  readonly logFiles: readonly { readonly s3Object: string; readonly hashValue: string }[]
  readonly signature: string
}

export interface Bench {
  readonly store: Store
  readonly log: AuditLog
  readonly objects: ObjectStore
  readonly directory: string
  /** The time that the clock shows. */
  time: number
  readonly failures: [unknown, DeliveryFacts][]
  options(changed?: Partial<DeliveryOptions>): DeliveryOptions
  /** Starts a delivery, which ends with the test. */
  delivery(changed?: Partial<DeliveryOptions>): TrailDelivery
  putTrail(changed?: Partial<Trail>): Promise<Trail>
  /** Appends a record, and returns its event id. */
  call(changed?: object): Promise<string>
  keys(folder?: string): Promise<string[]>
  /** The event ids in all log files of the bucket. */
  delivered(): Promise<string[]>
  /** The digests in the order of their ends, each checked against its signature. */
  digests(): Promise<Digest[]>
}

class BenchParts implements Bench {
  directory = ''
  time = start
  store!: Store
  log!: AuditLog
  objects!: ObjectStore
  readonly failures: [unknown, DeliveryFacts][] = []
  readonly #clock = { now: () => this.time }
  #hsm!: Hsm
  #deliveries: TrailDelivery[] = []

  async open(): Promise<void> {
    this.directory = temporaryDirectory()
    this.time = start
    this.failures.length = 0
    this.#deliveries = []
    this.store = await openTestStore(`${this.directory}/keyward.db`)
    await this.store.write(writer => writer.accounts.insert(account, start))
    this.#hsm = openHsm(testKeys.rootKey, testKeys.domainKeys)
    this.log = await openLog(this.directory, this.#clock)
    this.objects = new DirectoryStore(temporaryDirectory())
  }

  async close(): Promise<void> {
    for (const delivery of this.#deliveries) await delivery.close()
    await this.log.close()
    this.#hsm.close()
    await this.store.close()
  }

  options(changed?: Partial<DeliveryOptions>): DeliveryOptions {
    return {
      ...{ store: this.store, hsm: this.#hsm, clock: this.#clock, log: this.log, objects: this.objects },
      directory: `${this.directory}/audit`,
      regions: ['us-east-1', 'eu-central-1'],
      accountId: account,
      fileIntervalMillis: 5 * minute,
      digestIntervalMillis: hour,
      onPut: () => undefined,
      onFailure: (error, facts) => this.failures.push([error, facts]),
      ...changed,
    }
  }

  delivery(changed?: Partial<DeliveryOptions>): TrailDelivery {
    const delivery = new TrailDelivery(this.options(changed))
    this.#deliveries.push(delivery)
    return delivery
  }

  async putTrail(changed: Partial<Trail> = {}): Promise<Trail> {
    const trail = { ...plainTrail(), ...changed }
    const before = await this.store.reader.trails.find(trail.accountId, trail.homeRegion, trail.name)
    await this.store.write(writer =>
      before === undefined
        ? writer.trails.insert(trail)
        : writer.trails.update({ ...trail, trailId: before.trailId }),
    )
    return trail
  }

  async call(changed: object = {}): Promise<string> {
    const eventID = uuid()
    await this.log.append(JSON.stringify({ ...record(this.time), eventID, ...changed }))
    return eventID
  }

  async keys(folder = ''): Promise<string[]> {
    const keys: string[] = []
    for await (const key of this.objects.list('logs', 'AWSLogs/')) if (key.includes(folder)) keys.push(key)
    return keys
  }

  async delivered(): Promise<string[]> {
    const ids: string[] = []
    for (const key of await this.keys('/CloudTrail/')) {
      const { Records } = JSON.parse(await textOf(this.objects, key)) as { Records: { eventID: string }[] }
      ids.push(...Records.map(({ eventID }) => eventID))
    }
    return ids
  }

  digests(): Promise<Digest[]> {
    return readDigests(this.store, this.objects, this)
  }
}

export function useBench(): Bench {
  const bench = new BenchParts()
  beforeEach(() => bench.open())
  afterEach(() => bench.close())
  return bench
}

/** The objects of a store with a different way to put them, such as one that fails. */
export const withPut = (objects: ObjectStore, put: ObjectStore['put']): ObjectStore => ({
  head: bucket => objects.head(bucket),
  get: (bucket, key) => objects.get(bucket, key),
  list: (bucket, prefix) => objects.list(bucket, prefix),
  put,
})

const openLog = (directory: string, clock: { now(): number }) => {
  const fail = (error: unknown) => assert.fail(String(error))
  return AuditLog.open(`${directory}/audit`, clock, { failed: fail, recovered: fail })
}

const plainTrail = (): Trail => ({
  trailId: uuid(),
  accountId: account,
  homeRegion: 'us-east-1',
  name: 'trail',
  createdAt: start,
  s3BucketName: 'logs',
  s3KeyPrefix: undefined,
  kmsKeyArn: undefined,
  includeGlobalServiceEvents: true,
  isMultiRegionTrail: false,
  logFileValidationEnabled: true,
  recursiveLogging: true,
  selectors: defaultSelectors,
  isLogging: true,
  loggingStartedAt: start,
  loggingStoppedAt: undefined,
  tags: [],
})

const record = (time: number) => ({
  eventVersion: '1.11',
  userIdentity: { type: 'Root' },
  eventTime: `${new Date(time).toISOString().slice(0, 19)}Z`,
  eventSource: 'kms.amazonaws.com',
  eventName: 'Encrypt',
  awsRegion: 'us-east-1',
  requestParameters: null,
  readOnly: true,
  eventCategory: 'Management',
  recipientAccountId: account,
})

export async function textOf(objects: ObjectStore, key: string): Promise<string> {
  const object = await objects.get('logs', key)
  assert.ok(object, `${key} is not there`)
  return gunzipSync(object.bytes).toString('utf8')
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Validates as the CloudTrail user guide describes it, "Custom implementations of CloudTrail log file integrity validation". */
async function readDigests(store: Store, objects: ObjectStore, bench: Bench): Promise<Digest[]> {
  const digests: Digest[] = []
  for (const key of await bench.keys('/CloudTrail-Digest/')) {
    const text = await textOf(objects, key)
    const digest = JSON.parse(text)
    const { metadata } = (await objects.get('logs', key)) ?? {
      metadata: {} as Readonly<Record<string, string>>,
    }
    const signature = metadata['signature'] ?? ''
    assert.equal(metadata['signature-algorithm'], 'SHA256withRSA')
    assert.deepEqual([digest.digestS3Bucket, digest.digestS3Object], ['logs', key])
    const region = key.split('/CloudTrail-Digest/')[1]?.split('/')[0] ?? ''
    const signing = (await store.reader.signingKeys.list('digest', region)).find(
      ({ fingerprint }) => fingerprint === digest.digestPublicKeyFingerprint,
    )
    assert.ok(signing, 'the key of the digest is known')
    const publicKey = createPublicKey({ key: Buffer.from(signing.publicKey), format: 'der', type: 'pkcs1' })
    const signed = [
      digest.digestEndTime,
      `logs/${key}`,
      sha256(text),
      digest.previousDigestSignature ?? 'null',
    ]
    assert.ok(
      verify('sha256', Buffer.from(signed.join('\n')), publicKey, Buffer.from(signature, 'hex')),
      'signature',
    )
    for (const { s3Object, hashValue } of digest.logFiles)
      assert.equal(sha256(await textOf(objects, s3Object)), hashValue)
    digests.push({ ...digest, key, signature })
  }
  return digests.sort((a, b) => (a.digestEndTime < b.digestEndTime ? -1 : 1))
}
