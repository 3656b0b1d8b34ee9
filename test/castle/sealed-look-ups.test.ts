import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CloudTrailClient, LookupEventsCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { command } from '../fixtures/castle/operator-command.ts'
import { administratorOf, kmsClient, type TestCredentials } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, started, temporaryFile } from '../fixtures/keyward-process.ts'

// While a server is sealed, two kinds of access keys look up records, and do nothing else: that of the administrator, while its
// file is in the data directory, and those of audit-credentials.

const trailClient = (server: KeywardProcess, credentials: TestCredentials) =>
  new CloudTrailClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 })

const lookUp = async (server: KeywardProcess, credentials: TestCredentials, NextToken?: string) => {
  const { Events = [], NextToken: next } = await trailClient(server, credentials).send(
    new LookupEventsCommand({ MaxResults: 1, ...(NextToken && { NextToken }) }),
  )
  return { names: Events.map(({ EventName }) => EventName), next }
}

/** The access key of a profile of audit-credentials. */
function auditCredentials({ dataDirectory }: KeywardProcess, profile: string): TestCredentials {
  const text = readFileSync(join(dataDirectory, 'audit-credentials'), 'utf8')
  const [, section = ''] = text.split(`[${profile}]\n`)
  const find = (name: string) => new RegExp(`^${name} = (.+)$`, 'm').exec(section)?.[1] ?? ''
  return { accessKeyId: find('aws_access_key_id'), secretAccessKey: find('aws_secret_access_key') }
}

const senderOf = (record: Record<string, unknown> = {}) =>
  (record['userIdentity'] ?? {}) as Record<string, string>

const accountId = '000000000000'
const sealedError = { name: 'InternalFailure', message: 'The server is sealed.' }
const unknownKey = { name: 'UnrecognizedClientException' }
const wrongSignature = { name: 'InvalidSignatureException' }

test('the administrator looks up records of a sealed server, page by page, and nobody else does', async t => {
  const open = await started(t, {})
  const administrator = administratorOf(open)
  await kmsClient(open).send(new ListKeysCommand())
  const iam = new IAMClient({ endpoint: open.url, region: 'us-east-1', credentials: administrator })
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const made = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = made.AccessKey ?? {}
  assert.equal(await open.stop(), 0)
  const sealed = await started(t, { dataDirectory: open.dataDirectory, flags: ['--sealed'] })
  assert.match(sealed.stdout(), /It is sealed. Unseal it with keyward operator unseal.\n/)

  const first = await lookUp(sealed, administrator)
  assert.deepEqual(first.names, ['CreateAccessKey'])
  assert.ok(first.next)
  const second = await lookUp(sealed, administrator, first.next)
  assert.deepEqual(second.names, ['CreateUser'])
  await assert.rejects(
    trailClient(sealed, administrator).send(new StopLoggingCommand({ Name: 'trail' })),
    sealedError,
  )
  await assert.rejects(lookUp(sealed, { accessKeyId, secretAccessKey }), sealedError)
  await assert.rejects(lookUp(sealed, { ...administrator, secretAccessKey: 'x' }), wrongSignature)
  const record = readAuditRecords(sealed.dataDirectory).findLast(
    ({ eventName, errorCode }) => eventName === 'LookupEvents' && errorCode === undefined,
  )
  const { type, userName, arn, principalId } = senderOf(record)
  assert.deepEqual([type, userName], ['IAMUser', 'administrator'])
  assert.equal(arn, `arn:aws:iam::${accountId}:user/administrator`)
  assert.match(principalId ?? '', /^AIDA/)
  assert.equal(record?.['recipientAccountId'], accountId)

  rmSync(join(sealed.dataDirectory, 'credentials'))
  await assert.rejects(lookUp(sealed, administrator), sealedError)
})

test('an access key of the administrator that is not active looks up nothing', async t => {
  const open = await started(t, {})
  const administrator = administratorOf(open)
  const iam = new IAMClient({ endpoint: open.url, region: 'us-east-1', credentials: administrator })
  const change = { AccessKeyId: administrator.accessKeyId, Status: 'Inactive' } as const
  await iam.send(new UpdateAccessKeyCommand(change))
  assert.equal(await open.stop(), 0)
  const sealed = await started(t, { dataDirectory: open.dataDirectory, flags: ['--sealed'] })
  await assert.rejects(lookUp(sealed, administrator), sealedError)
})

test('audit credentials look up records of their account while the server is sealed, and are unknown when it is open', async t => {
  const passphrase = temporaryFile('passphrase', 'correct horse battery staple\n')
  const environment = { KEYWARD_ROOT_KEY: `passphrase-file:${passphrase}` }
  const open = await started(t, { environment })
  await kmsClient(open).send(new ListKeysCommand())
  const made = auditCredentials(open, accountId)
  assert.match(made.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
  assert.deepEqual(auditCredentials(open, 'default'), made)
  assert.equal(statSync(join(open.dataDirectory, 'audit-credentials')).mode & 0o777, 0o600)
  await assert.rejects(lookUp(open, made), unknownKey)
  await assert.rejects(kmsClient(open, { credentials: made }).send(new ListKeysCommand()), unknownKey)
  assert.equal(await open.stop(), 0)

  const { dataDirectory } = open
  const sealed = await started(t, { dataDirectory, environment, flags: ['--sealed'] })
  assert.deepEqual((await lookUp(sealed, made)).names, ['ListKeys'])
  const record = readAuditRecords(dataDirectory).at(-1)
  const { type, arn, accessKeyId } = senderOf(record)
  assert.deepEqual(
    [record?.['eventName'], type, accessKeyId],
    ['LookupEvents', 'FederatedUser', made.accessKeyId],
  )
  assert.equal(arn, `arn:aws:sts::${accountId}:federated-user/keyward-audit`)
  await assert.rejects(lookUp(sealed, { ...made, secretAccessKey: 'x' }), wrongSignature)
  await assert.rejects(kmsClient(sealed, { credentials: made }).send(new ListKeysCommand()), {
    name: 'KMSInternalException',
  })
  // A file without access keys, or with half of one, gives nobody access.
  writeFileSync(
    join(dataDirectory, 'audit-credentials'),
    `[${accountId}]\naws_access_key_id = ${made.accessKeyId}\n`,
  )
  await assert.rejects(lookUp(sealed, made), sealedError)
  assert.equal(await sealed.stop(), 0)

  const again = await started(t, { dataDirectory, environment })
  assert.notEqual(auditCredentials(again, accountId).accessKeyId, made.accessKeyId)
})

test('audit credentials are there whenever the root key is not in a file', async t => {
  const keyward = await started(t, {})
  const passphrase = temporaryFile('passphrase', 'correct horse battery staple\n')
  const path = join(keyward.dataDirectory, 'audit-credentials')
  assert.equal(existsSync(path), false)
  await command(keyward, 'rekey', { to: `passphrase-file:${passphrase}` })
  assert.match(auditCredentials(keyward, accountId).accessKeyId, /^AKIA/)
  await command(keyward, 'rekey', { to: 'file:root.key' })
  assert.equal(existsSync(path), false)
})
