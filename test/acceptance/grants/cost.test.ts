import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { GrantConstraints } from '../../../src/domain/index.ts'
import type { Writer } from '../../../src/store/index.ts'
import { callersOf, makeKey } from '../../fixtures/caller.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import { writeStored } from '../../fixtures/stored-entities.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { ours, userArn } from '../../fixtures/worlds/two-accounts.ts'

// A key at its quota of grants ("Quotas": 50,000) works about as fast as a key with a single grant.

const granteeArn = userArn('grantee')
const users = [seedUser('admin', allow('*')), seedUser('grantee'), seedUser('other')]
const grants = 50_000

const seed = { accounts: [{ id: ours, users, keys: [] }] }
const first = await testServer({ seed })
const maker = callersOf(first)('admin')
const alone = await makeKey(maker)
const crowded = await makeKey(maker)
await maker.answer('CreateGrant', {
  KeyId: alone.id,
  GranteePrincipal: granteeArn,
  Operations: ['GenerateDataKey'],
  Constraints: { EncryptionContextSubset: { volume: 'v-7' } },
})
await first.stop()
await writeStored(first, writer => insertGrants(writer, crowded.id))
const as = callersOf(await testServer({ seed, dataDirectory: first.dataDirectory }))
const [admin, grantee] = [as('admin'), as('grantee')]

/**
 * Inserts grants into the store, because CreateGrant would take minutes. Three in four are for the grantee. The
 * constraints are like those of a storage driver.
 */
async function insertGrants(writer: Writer, keyId: string): Promise<void> {
  for (let index = 0; index < grants; index++) {
    const subset = [
      ['volume', `v-${index}`],
      ['driver', 'the same of all'],
    ] as const
    const kinds: GrantConstraints[] = [
      { encryptionContextSubset: new Map(subset) },
      { encryptionContextEquals: new Map(subset) },
      { encryptionContextSubset: new Map(subset.toReversed()) },
      { encryptionContextSubset: new Map(subset) },
    ]
    const arn = index % 4 === 3 ? granteeArn.replace('grantee', 'other') : granteeArn
    await writer.grants.insert({
      accountId: ours,
      region: 'us-east-1',
      keyId,
      grantId: randomBytes(32).toString('hex'),
      name: undefined,
      grantee: { type: 'principal', arn },
      retiring: undefined,
      operations: ['GenerateDataKey', 'Decrypt', 'DescribeKey'],
      constraints: kinds[index % 4] ?? {},
      issuingAccountId: ours,
      createdAt: Date.now(),
    })
  }
}

test(`with ${grants} grants a data key takes about as long as with one`, async () => {
  const timeOf = async (KeyId: string, EncryptionContext: object) => {
    const begin = performance.now()
    await grantee.answer('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext })
    return performance.now() - begin
  }
  const times: { alone: number[]; crowded: number[] } = { alone: [], crowded: [] }
  const driver = 'the same of all'
  // The first call reads all grants, which takes long once.
  for (let round = -50; round < 400; round++) {
    const [a, b] = [
      await timeOf(alone.id, { volume: 'v-7', driver }),
      await timeOf(crowded.id, { volume: `v-${((round + 50) * 96) % grants}`, driver }),
    ]
    if (round < 0) continue
    times.alone.push(a)
    times.crowded.push(b)
  }
  const [one, many] = [median(times.alone), median(times.crowded)]
  assert.ok(many < 5 * one, `${many} ms with ${grants} grants, ${one} ms with one`)
})

test('among many grants a missing one denies, and a new one allows at once', async () => {
  const EncryptionContext = { volume: 'v-new' }
  const input = { KeyId: crowded.id, KeySpec: 'AES_256', EncryptionContext }
  await grantee.isRefused('GenerateDataKey', input, 'AccessDeniedException')
  // 50,000 is also the quota, so a grant must go before a new one can be made.
  const { Grants } = await admin.sdk.listGrants({ KeyId: crowded.id, Limit: 1 })
  const draft = {
    KeyId: crowded.id,
    GranteePrincipal: granteeArn,
    Operations: ['GenerateDataKey'],
    Constraints: { EncryptionContextEquals: EncryptionContext },
  }
  await admin.isRefused('CreateGrant', draft, 'LimitExceededException')
  await admin.answersNothing('RevokeGrant', { KeyId: crowded.id, GrantId: Grants?.[0]?.GrantId })
  const { GrantId } = await admin.answer('CreateGrant', draft)
  await grantee.answer('GenerateDataKey', input)
  await admin.answersNothing('RevokeGrant', { KeyId: crowded.id, GrantId })
  await grantee.isRefused('GenerateDataKey', input, 'AccessDeniedException')
})

const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
