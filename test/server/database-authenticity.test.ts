import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
  KMSServiceException,
  ListGrantsCommand,
  PutKeyPolicyCommand,
  RetireGrantCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms'
import { kmsClient } from '../fixtures/clients.ts'
import { iamClient } from '../fixtures/iam-caller.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  runKeyward,
  started,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import { seedUser, writeSeed } from '../fixtures/seed.ts'
import { copyDatabase, tamper, verify } from '../fixtures/stopped-database.ts'

// The database of a stopped server is changed as a thief of the disk or a lost backup would change it.

const accountId = '000000000000'
const anybody = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }
const denyDecrypt = { Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' }
const policyOf = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })

async function start(t: TestContext, dataDirectory = temporaryDirectory()): Promise<KeywardProcess> {
  return await started(t, { dataDirectory })
}

async function createKey(kms: KMSClient): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  return KeyMetadata?.KeyId ?? assert.fail()
}

const isInternal = (error: unknown) =>
  error instanceof KMSServiceException && error.name === 'KMSInternalException'

test('one bit of a Deny that was flipped allows nothing, and the log names the key', async t => {
  const first = await start(t)
  const kms = kmsClient(first)
  const [keyId, otherId] = [await createKey(kms), await createKey(kms)]
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('m') }))
  const Policy = policyOf(anybody, denyDecrypt)
  await kms.send(new PutKeyPolicyCommand({ KeyId: keyId, Policy }))
  await first.stop()
  const whole = await verify(first)
  // One of them is the key that signs the heads of the audit log, and one the cursor of the last uses.
  assert.equal(whole.stdout, 'The database is whole: 8 entities verify.\n')
  assert.match(whole.stderr, /8 of 8 entities checked \(100 %\)\n$/)
  assert.equal(whole.code, 0)
  tamper(first, "update kms_keys set policy = replace(policy, 'kms:Decrypt', 'kms:Eecrypt')")

  const checked = await verify(first)
  assert.equal(checked.code, 1)
  const broken = `KMS key arn:aws:kms:us-east-1:${accountId}:key/${keyId} does not verify`
  assert.match(checked.stdout, new RegExp(`^${broken}: the database was changed outside of Keyward\\.\n`))
  assert.doesNotMatch(checked.stdout, new RegExp(otherId))

  const second = await start(t, first.dataDirectory)
  const again = kmsClient(second)
  await assert.rejects(again.send(new DecryptCommand({ CiphertextBlob })), isInternal)
  await assert.rejects(
    again.send(new PutKeyPolicyCommand({ KeyId: keyId, Policy: policyOf(anybody) })),
    isInternal,
  )
  assert.match(second.stderr(), new RegExp(broken))
  await again.send(new GenerateDataKeyCommand({ KeyId: otherId, KeySpec: 'AES_256' }))
  await second.stop()
})

test('a group with a Deny that was removed denies its members everything', async t => {
  const first = await start(t)
  const iam = iamClient(first)
  const kms = kmsClient(first)
  const keyId = await createKey(kms)
  await iam.createGroup({ GroupName: 'limited' })
  const PolicyDocument = policyOf({ Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' })
  await iam.putGroupPolicy({ GroupName: 'limited', PolicyName: 'P', PolicyDocument })
  await iam.createUser({ UserName: 'ann' })
  const allow = policyOf({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })
  await iam.putUserPolicy({ UserName: 'ann', PolicyName: 'P', PolicyDocument: allow })
  await iam.addUserToGroup({ UserName: 'ann', GroupName: 'limited' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ann' })
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  await kmsClient(first, { credentials }).send(
    new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }),
  )
  await first.stop()
  tamper(first, 'delete from iam_group_members')
  const { code, stdout } = await verify(first)
  assert.equal(code, 1)
  assert.match(stdout, /^user arn:aws:iam::0{12}:user\/ann does not verify/)
  const second = await start(t, first.dataDirectory)
  const call = new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' })
  await assert.rejects(kmsClient(second, { credentials }).send(call), isInternal)
  assert.match(second.stderr(), /user arn:aws:iam::0{12}:user\/ann does not verify/)
  await second.stop()
})

test('a tag that was removed does not end a Deny by that tag', async t => {
  const first = await start(t)
  const kms = kmsClient(first)
  const keyId = await createKey(kms)
  await kms.send(new TagResourceCommand({ KeyId: keyId, Tags: [{ TagKey: 'secret', TagValue: 'yes' }] }))
  const isSecret = { StringEquals: { 'aws:ResourceTag/secret': 'yes' } }
  const iam = iamClient(first)
  const PolicyDocument = policyOf({
    Effect: 'Deny',
    Action: 'kms:Encrypt',
    Resource: '*',
    Condition: isSecret,
  })
  await iam.putUserPolicy({ UserName: 'administrator', PolicyName: 'P', PolicyDocument })
  const call = new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('m') })
  await assert.rejects(kms.send(call), { name: 'AccessDeniedException' })
  await first.stop()
  tamper(first, 'delete from tags')
  const second = await start(t, first.dataDirectory)
  await assert.rejects(kmsClient(second).send(call), isInternal)
  assert.match(second.stderr(), /tags and aliases of KMS key arn:aws:kms:\S+ does not verify/)
  await second.stop()
})

test('a retired grant that was put back stops the start', async t => {
  const first = await start(t)
  const kms = kmsClient(first)
  const KeyId = await createKey(kms)
  const GranteePrincipal = `arn:aws:iam::${accountId}:user/administrator`
  const { GrantId } = await kms.send(
    new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Decrypt'] }),
  )
  const { Grants } = await kms.send(new ListGrantsCommand({ KeyId }))
  await first.stop()
  const kept = `attach '${join(temporaryDirectory(), 'kept.db')}' as kept`
  tamper(first, `${kept}; create table kept.grants as select * from main.grants`)
  const second = await start(t, first.dataDirectory)
  assert.equal(Grants?.length, 1)
  await kmsClient(second).send(new RetireGrantCommand({ KeyId, GrantId }))
  await second.stop()
  tamper(first, `${kept}; insert into main.grants select * from kept.grants`)
  const refusal = /does not verify: in us-east-1, rows were added, removed or replaced by older ones/
  assert.match(await refusedStart({ dataDirectory: first.dataDirectory }), refusal)
  assert.match((await verify(first)).stdout, /us-east-1 does not verify: entities were added/)
})

test('an entity that listings leave out is in the log once', async t => {
  const first = await start(t)
  for (const UserName of ['ann', 'bob']) await iamClient(first).createUser({ UserName })
  await first.stop()
  tamper(first, "update users set path = '/other/' where user_name = 'ann'")
  const second = await start(t, first.dataDirectory)
  const { Users = [] } = await iamClient(second).listUsers({})
  const { UserDetailList = [] } = await iamClient(second).getAccountAuthorizationDetails({})
  for (const listed of [Users, UserDetailList]) {
    assert.deepEqual(
      listed.map(({ UserName }) => UserName),
      ['administrator', 'bob'],
    )
  }
  await second.stop()
  assert.equal(second.stderr().match(/user \S+:user\/other\/ann does not verify/g)?.length, 1)
})

test('a seed stops at an entity that does not verify, with a text for the operator', async t => {
  const flags = ['--seed', writeSeed({ accounts: [{ id: accountId, users: [seedUser('ann')] }] })]
  const first = await started(t, { flags })
  await first.stop()
  const { dataDirectory } = first
  tamper(first, "update users set path = '/other/' where user_name = 'ann'")
  const said = await refusedStart({ dataDirectory, flags })
  assert.match(said, /^keyward: user \S+:user\/other\/ann does not verify: [^\n]+ Restore [^\n]+\n$/m)
  assert.doesNotMatch(said, /\n {4}at /)
})

test('MACs that were removed with all that speaks of them stop the start', async t => {
  const first = await start(t)
  await createKey(kmsClient(first))
  await first.stop()
  const tables = ['accounts', 'kms_keys', 'users', 'access_keys']
  tamper(
    first,
    `${tables.map(table => `update ${table} set mac = null`).join('; ')}; delete from domain_states`,
  )
  assert.match(await refusedStart({ dataDirectory: first.dataDirectory }), /older than the audit log/)
  rmSync(join(first.dataDirectory, 'audit'), { recursive: true })
  assert.match(await refusedStart({ dataDirectory: first.dataDirectory }), /does not verify: in global/)
})

test('a database that was turned back stops the start until the restore is accepted, on record', async t => {
  const first = await start(t)
  const { dataDirectory } = first
  await createKey(kmsClient(first))
  await first.stop()
  const backup = temporaryDirectory()
  copyDatabase(dataDirectory, backup)
  const second = await start(t, dataDirectory)
  const lostId = await createKey(kmsClient(second))
  await second.stop()
  copyDatabase(backup, dataDirectory)

  const older =
    /The database is older than the audit log: us-east-1 is at change 2, and the audit log has seen change 3\./
  assert.match(await refusedStart({ dataDirectory }), older)
  const checked = await verify(first)
  assert.equal(checked.code, 1)
  assert.match(checked.stdout, older)
  assert.match(checked.stdout, /put the newer database back\.\n/)

  const accepted = await runKeyward(['accept-restore', '--data-dir', dataDirectory])
  assert.equal(accepted.code, 0, accepted.stderr)
  assert.match(accepted.stdout, /^us-east-1: change 3 is lost\.\nThe restored database is accepted/)
  const record = readAuditRecords(dataDirectory).at(-1) ?? assert.fail()
  assert.equal(record['eventName'], 'AcceptRestore')
  assert.equal(record['recipientAccountId'], undefined, 'no account sees the operator')
  assert.deepEqual(record['userIdentity'], { invokedBy: 'AWS Internal' })
  const details = record['serviceEventDetails'] as { domains: object[] }
  assert.deepEqual(details.domains, [{ domain: 'us-east-1', change: 2, lastChangeSeen: 3 }])

  const third = await start(t, dataDirectory)
  const kms = kmsClient(third)
  await assert.rejects(kms.send(new EncryptCommand({ KeyId: lostId, Plaintext: Buffer.from('m') })), {
    name: 'NotFoundException',
  })
  await createKey(kms)
  await third.stop()
  const again = await runKeyward(['accept-restore', '--data-dir', dataDirectory])
  assert.match(again.stdout, /nothing to accept/)
  // The database that was accepted is older now, too.
  copyDatabase(backup, dataDirectory)
  assert.match(await refusedStart({ dataDirectory }), /older than the audit log/)
})

test('a killed server loses nothing, and its database is not older than the audit log', async t => {
  const first = await start(t)
  const keyId = await createKey(kmsClient(first))
  await first.kill()
  const second = await start(t, first.dataDirectory)
  await kmsClient(second).send(new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }))
  await second.stop()
  assert.equal((await verify(first)).code, 0)
})

const lost = /^keyward: The database \S+keyward\.db is (missing or empty|new), [^\n]+\n$/

test('a database that is missing or empty beside an audit log is refused, and nothing is created', async t => {
  const first = await start(t)
  await first.stop()
  const { dataDirectory } = first
  const path = join(dataDirectory, 'keyward.db')
  for (const name of readdirSync(dataDirectory)) {
    if (name.startsWith('keyward.db')) rmSync(join(dataDirectory, name))
  }
  const before = readdirSync(dataDirectory)
  assert.match(await refusedStart({ dataDirectory }), lost)
  assert.deepEqual(readdirSync(dataDirectory), before)
  writeFileSync(path, '')
  assert.match(await refusedStart({ dataDirectory }), lost)
  assert.equal(readFileSync(path).length, 0)
  // Without the root key it must not look like a fresh directory either.
  rmSync(join(dataDirectory, 'root.key'))
  assert.match(await refusedStart({ dataDirectory }), lost)
  assert.match((await verify(first)).stderr, lost)
})

test('a database whose domain keys were removed is refused', async t => {
  const first = await start(t)
  await first.stop()
  tamper(first, 'delete from domain_keys')
  assert.match(
    await refusedStart({ dataDirectory: first.dataDirectory }),
    /the state of global does not verify/,
  )
  tamper(first, 'delete from domain_states')
  assert.match(await refusedStart({ dataDirectory: first.dataDirectory }), lost)
})
