import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { callServer, loadConfig } from '../../../../src/app/index.ts'
import { makeKey, TestCaller } from '../../../../test/fixtures/caller.ts'
import { readAuditRecords } from '../../../../test/fixtures/keyward-process.ts'
import { allow, credentialsOf, seedUser } from '../../../../test/fixtures/seed.ts'
import { testServer } from '../../../../test/fixtures/test-server.ts'
import type { ExplainAccessOutput } from '../../wire/keyward-access.ts'
import { denialQuery, readDenial } from './denial.ts'
import { reasonsOf, statementJson } from './why-answer.ts'
import { explainInput, questionFault, questionQuery, readQuestion, whyQuestion } from './why-question.ts'

const account = '000000000000'
const carol = `arn:aws:iam::${account}:user/carol`
const onlyOrders = {
  ...allow(['kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']),
  Condition: { StringEquals: { 'kms:EncryptionContext:order': '7' } },
}
const elsewhere = {
  ...allow('kms:DescribeKey'),
  Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' }, Bool: { 'aws:SecureTransport': 'true' } },
}
const server = await testServer({
  seed: { accounts: [{ id: account, users: [seedUser('carol', onlyOrders, elsewhere)], keys: [] }] },
})
const config = loadConfig({ 'data-dir': server.dataDirectory }, {})
const admin = new TestCaller(server)
const user = new TestCaller(server, { credentials: credentialsOf('carol') })
const key = await makeKey(admin)

/** The record of a call that is denied, as the server wrote it. */
async function denied(call: Promise<unknown>): Promise<string> {
  await assert.rejects(call, { name: 'AccessDeniedException' })
  return JSON.stringify(
    readAuditRecords(server.dataDirectory).findLast(({ errorCode }) => errorCode !== undefined),
  )
}

/** The answer to the question that the page asks about a record. */
async function explained(record: string): Promise<ExplainAccessOutput> {
  const query = whyQuestion(record) ?? assert.fail(record)
  const question = readQuestion(query, 'nobody')
  assert.equal(questionFault(question), undefined)
  return (await callServer(config, 'ExplainAccess', explainInput(question), {})) as ExplainAccessOutput
}

/** The elements that did not match, with the values of the request. */
const missed = (answer: ExplainAccessOutput) =>
  reasonsOf(answer).statements.flatMap(({ statement: { Elements } }) =>
    Elements.filter(({ Matches }) => !Matches).map(({ Element, Found }) => [Element, Found]),
  )

test('the record of a denial asks the question of its call, with its values', async () => {
  const EncryptionContext = { order: '8', 'a b': 'ü"' }
  const { CiphertextBlob } = await admin.sdk.encrypt({
    ...{ KeyId: key.id, Plaintext: Buffer.from('x'), EncryptionContext },
  })
  const record = await denied(user.sdk.decrypt({ KeyId: key.id, CiphertextBlob, EncryptionContext }))
  const answer = await explained(record)
  assert.deepEqual([answer.Decision, answer.DecidedBy], ['implicitDeny', 'identity-based'])
  assert.deepEqual(missed(answer), [['Condition StringEquals kms:EncryptionContext:order', ['8']]])

  assert.deepEqual(
    reasonsOf(answer).statements.map(({ policy }) => policy.Policy),
    ['access'],
  )

  const reEncrypt = await denied(
    user.sdk.reEncrypt({
      ...{ SourceKeyId: key.id, CiphertextBlob, DestinationKeyId: key.id },
      ...{ SourceEncryptionContext: { order: '8' }, DestinationEncryptionContext: { order: '7' } },
    }),
  )
  assert.deepEqual(missed(await explained(reEncrypt)), [
    ['Condition StringEquals kms:EncryptionContext:order', ['8']],
  ])

  const describe = await denied(user.sdk.describeKey({ KeyId: key.id }))
  assert.deepEqual(missed(await explained(describe)), [
    ['Condition IpAddress aws:SourceIp', ['127.0.0.1']],
    ['Condition Bool aws:SecureTransport', ['false']],
  ])
  assert.deepEqual(missed(await explained(await denied(user.sdk.listKeys({})))), [])
  const alias = user.sdk.createAlias({ AliasName: 'alias/x', TargetKeyId: key.id })
  assert.equal((await explained(await denied(alias))).Decision, 'implicitDeny')
  const foreign = user.sdk.describeKey({ KeyId: key.arn.replace(account, '111122223333') })
  assert.equal((await explained(await denied(foreign))).Decision, 'implicitDeny')
})

test('a statement of an answer is the one of its policy', async () => {
  const answer = await explained(await denied(user.sdk.describeKey({ KeyId: key.id })))
  const identity = answer.Policies.find(({ PolicyType }) => PolicyType === 'identity-based')
  const statements = identity?.Statements.map(statement => JSON.parse(statementJson(statement)))
  assert.deepEqual(statements, [onlyOrders, elsewhere])
})

test('a record of a different outcome, service or form asks nothing', async () => {
  const record = JSON.parse(await denied(user.sdk.listKeys({})))
  assert.equal(whyQuestion(JSON.stringify({ ...record, errorCode: 'NotFoundException' })), undefined)
  const message = `User: ${carol} is not authorized to perform: iam:ListUsers on resource: * because …`
  for (const errorMessage of [message, 'Access denied', undefined, 5, {}])
    assert.equal(whyQuestion(JSON.stringify({ ...record, errorMessage })), undefined)
  for (const text of ['', '[', 'null', '5', '[]', '{}']) assert.equal(whyQuestion(text), undefined)
})

test('a call through an endpoint and one of a session have their values', async () => {
  const record = JSON.parse(await denied(user.sdk.listKeys({})))
  const changed = {
    ...{ ...record, vpcEndpointId: 'vpce-1', tlsDetails: { tlsVersion: 'TLSv1.3' } },
    userIdentity: { sessionContext: { attributes: { mfaAuthenticated: 'true' } } },
  }
  const { userAgent } = record
  assert.deepEqual(JSON.parse(whyQuestion(JSON.stringify(changed))?.['context'] ?? ''), {
    ...{ 'aws:SourceVpce': 'vpce-1', 'aws:UserAgent': userAgent, 'aws:SecureTransport': 'true' },
    'aws:MultiFactorAuthPresent': 'true',
  })
  // A call that a service makes has the name of the service in the place of an address.
  const byService = { ...record, sourceIPAddress: 's3.amazonaws.com', userAgent: 's3.amazonaws.com' }
  assert.deepEqual(JSON.parse(whyQuestion(JSON.stringify(byService))?.['context'] ?? ''), {
    'aws:UserAgent': 's3.amazonaws.com',
  })
})

test('a question survives the address', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 12 })
  const names = fc
    .string({ minLength: 1, maxLength: 8 })
    .filter(name => !/^kms:EncryptionContext:|^__proto__$|^\d+$/i.test(name))
  const rows = fc.uniqueArray(fc.record({ name: names, value: texts }, { noNullPrototype: true }), {
    selector: ({ name }) => name,
    maxLength: 4,
  })
  const questions = fc.record(
    {
      ...{ principal: texts, action: texts, resource: texts, encryptionContext: rows, context: rows },
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(questions, question => {
      const query = Object.fromEntries(new URLSearchParams(questionQuery(question)))
      assert.deepEqual(readQuestion(query, 'nobody'), question)
    }),
  )
})

test('an address with a broken context has the rest of the question', () => {
  for (const context of ['', '{', '[]', '5', 'null', '{"a":5}', '{"a":{"b":"c"}}'])
    assert.deepEqual(readQuestion({ action: 'kms:Decrypt', context }, carol), {
      ...{ principal: carol, action: 'kms:Decrypt', resource: '', encryptionContext: [], context: [] },
    })
  assert.deepEqual(readQuestion({ context: '{"aws:TagKeys":["a","b"]}' }, carol).context, [
    ...[
      { name: 'aws:TagKeys', value: 'a' },
      { name: 'aws:TagKeys', value: 'b' },
    ],
  ])
})

test('a denial has its facts, and asks about keys of AWS KMS alone', () => {
  const of = (action: string, resource: string) =>
    readDenial(`User: ${carol} is not authorized to perform: ${action} on resource: ${resource} because no …`)
  const about = (action: string, resource: string) => denialQuery(of(action, resource) ?? assert.fail())
  assert.deepEqual(about('kms:Decrypt', key.arn), {
    principal: carol,
    action: 'kms:Decrypt',
    resource: key.arn,
  })
  assert.deepEqual(about('kms:ListKeys', '*'), { principal: carol, action: 'kms:ListKeys' })
  assert.equal(about('kms:CreateAlias', 'arn:aws:kms:us-east-1:000000000000:alias/x'), undefined)
  assert.equal(about('iam:ListUsers', '*'), undefined)
  assert.equal(about('kms:RetireGrant', key.arn), undefined)
  assert.equal(readDenial('Access denied'), undefined)
})
