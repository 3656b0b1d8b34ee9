import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { type KeywardProcess, startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, seedUser, writeSeed } from '../../fixtures/seed.ts'

// A key at its quota of grants ("Quotas": 50,000) is used about as fast as one with a single grant.

const ours = '111111111111'
const granteeArn = `arn:aws:iam::${ours}:user/grantee`
const users = [seedUser('admin', allow('*')), seedUser('grantee'), seedUser('other')]
const grants = 50_000

let keyward: KeywardProcess
let alone: TestKey
let crowded: TestKey
before(async () => {
  const dataDirectory = temporaryDirectory()
  const options = {
    dataDirectory,
    flags: ['--seed', writeSeed({ accounts: [{ id: ours, users, keys: [] }] })],
  }
  const first = await startKeyward(options)
  const admin = new TestCaller(first, { credentials: credentialsOf('admin') })
  alone = await makeKey(admin)
  crowded = await makeKey(admin)
  const input = { GranteePrincipal: granteeArn, Operations: ['GenerateDataKey'] }
  const Constraints = { EncryptionContextSubset: { volume: 'v-7' } }
  await admin.answer('CreateGrant', { ...input, KeyId: alone.id, Constraints })
  await first.stop()
  await insertGrants(join(dataDirectory, 'keyward.db'), crowded.id)
  keyward = await startKeyward(options)
})
after(() => keyward.stop())

/** Through CreateGrant they would take minutes. Three in four are the grantee's; those with a volume are like a driver's. */
async function insertGrants(path: string, keyId: string): Promise<void> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(path)
  const insert = database.prepare(
    `insert into grants (account_id, region, key_id, grant_id, grantee_principal, operations, constraints,
      issuing_account_id, created_at) values (?, 'us-east-1', ?, ?, ?, ?, ?, ?, ?)`,
  )
  database.exec('begin')
  for (let index = 0; index < grants; index++) {
    const subset = [
      ['volume', `v-${index}`],
      ['driver', 'the same of all'],
    ]
    const kinds = [{ subset }, { equals: subset }, { subset: subset.toReversed() }, { subset }]
    const arn = index % 4 === 3 ? granteeArn.replace('grantee', 'other') : granteeArn
    const constraints = JSON.stringify(kinds[index % 4])
    const operations = JSON.stringify(['GenerateDataKey', 'Decrypt', 'DescribeKey'])
    const id = randomBytes(32).toString('hex')
    insert.run(ours, keyId, id, arn, operations, constraints, ours, Date.now())
  }
  database.exec('commit')
  database.close()
}

test(`with ${grants} grants a data key costs about what it costs with one`, async () => {
  const grantee = new TestCaller(keyward, { credentials: credentialsOf('grantee') })
  const timeOf = async (KeyId: string, EncryptionContext: object) => {
    const begin = performance.now()
    await grantee.answer('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext })
    return performance.now() - begin
  }
  const times: { alone: number[]; crowded: number[] } = { alone: [], crowded: [] }
  const driver = 'the same of all'
  // The first call reads the grants, which takes its time once.
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

test('a grant that is not there is not found among many, and a new one at once', async () => {
  const grantee = new TestCaller(keyward, { credentials: credentialsOf('grantee') })
  const admin = new TestCaller(keyward, { credentials: credentialsOf('admin') })
  const EncryptionContext = { volume: 'v-new' }
  const input = { KeyId: crowded.id, KeySpec: 'AES_256', EncryptionContext }
  await grantee.isRefused('GenerateDataKey', input, 'AccessDeniedException')
  // 50,000 is also the quota; one goes so that another can come.
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
