import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'node:test'
import { readLogLines } from '../../test/fixtures/audit/audit-chain.ts'
import { openTestStore } from '../../test/fixtures/test-store.ts'
import { AuditLog } from '../audit/index.ts'
import { type KmsKey, newKey, type Scope } from '../domain/index.ts'
import { DomainKeys, type Hsm, openHsm, RootKey } from '../hsm/index.ts'
import type { Store } from '../store/index.ts'
import type { JobOptions } from './job.ts'

// No tests: a database, an HSM, an audit log and a clock for the tests of the jobs, new for each test.

export const start = Date.parse('2026-11-24T12:00:00Z')
export const dayMillis = 86_400_000
export const home: Scope = { accountId: '000000000000', region: 'us-east-1' }
export const sibling: Scope = { accountId: '000000000000', region: 'eu-central-1' }
export const abroad: Scope = { accountId: '111111111111', region: 'cn-north-1' }

export interface Bench {
  readonly dataDirectory: string
  readonly store: Store
  readonly hsm: Hsm
  /** The time that the clock shows. */
  time: number
  /** The options of the jobs, with an audit log behind `appendCommitted`. */
  readonly options: JobOptions
  /** The records of the audit log. */
  records(): Record<string, unknown>[]
}

/** A database, an HSM, a log and a clock at `start`. */
export function useBench(): Bench {
  const fail = (error: unknown) => assert.fail(String(error))
  let directory: string
  let store: Store
  let hsm: Hsm
  let log: AuditLog
  const bench: Bench = {
    get dataDirectory() {
      return directory
    },
    get store() {
      return store
    },
    get hsm() {
      return hsm
    },
    time: start,
    get options() {
      return { store, hsm, clock, appendCommitted: (_: string, line: string) => log.append(line) }
    },
    records() {
      const lines = readLogLines(join(directory, 'audit')).map(line => JSON.parse(line))
      return lines.filter(line => 'eventName' in line)
    },
  }
  const clock = { now: () => bench.time }
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'keyward-jobs-'))
    bench.time = start
    const { rootKey } = RootKey.make()
    const regions = [home, sibling, abroad].map(({ region }) => DomainKeys.generate(rootKey, region))
    hsm = openHsm(rootKey, regions)
    store = await openTestStore(join(directory, 'keyward.db'))
    log = await AuditLog.open(join(directory, 'audit'), clock, { failed: fail, recovered: fail })
    await store.write(async writer => {
      for (const { accountId } of [home, abroad]) await writer.accounts.insert(accountId, 0)
    })
  })
  afterEach(async () => {
    await log.close()
    await store.close()
    hsm.close()
    rmSync(directory, { recursive: true })
  })
  return bench
}

export const idNo = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

/** A key that was created at `start`. Its current key material is `aaa…`. */
export function keyNo(number: number, scope: Scope = home, changes: Partial<KmsKey> = {}): KmsKey {
  const { origin = 'AWS_KMS' } = changes
  const fixed = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin } as const
  const { accountId, region } = scope
  const key = newKey({ accountId, region, keyId: idNo(number), ...fixed, createdAt: start })
  return { ...key, keyState: 'Enabled', currentKeyMaterialId: 'a'.repeat(64), ...changes }
}
