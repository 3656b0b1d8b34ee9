import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { callersOf, deniedText, makeKey, policyOf, type TestKey } from '../../fixtures/caller.ts'
import { readAuditRecords, reasonOf, runKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedAccessKey, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { ours as account, rootOf, theirs, userArn } from '../../fixtures/worlds/two-accounts.ts'

// Policies and requests that are made to be costly. The limits are ours: AWS does not publish how much it evaluates.

const seed = {
  accounts: [
    { id: account, root: { accessKeys: [seedAccessKey('root')] }, users: [seedUser('alice', allow('*'))] },
    { id: theirs, users: [seedUser('mallory', allow('*'))] },
  ],
}
const server = await testServer({ seed })
const as = callersOf(server)
const alice = as('alice')
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index))
const context = 'kms:EncryptionContext:a'
const delegation = allow('kms:*', '*', rootOf(account))
const almost = `${'a'.repeat(37)}b`.repeat(1600)

function keyDenying(action: string, condition: object, ...more: object[]): Promise<TestKey> {
  const denying = { ...deny(action, '*', '*'), Condition: condition }
  return makeKey(alice, {
    Policy: policyOf(delegation, denying, ...more),
    BypassPolicyLockoutSafetyCheck: true,
  })
}

const explain = (key: TestKey, condition: string) =>
  runKeyward(
    [
      ...['policy', 'explain', '--principal', userArn('alice'), '--action', 'kms:Encrypt'],
      ...['--key', key.id, '--condition', condition],
    ],
    {
      environment: {
        KEYWARD_DATA_DIR: server.dataDirectory,
        AWS_ACCESS_KEY_ID: credentialsOf('alice').accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentialsOf('alice').secretAccessKey,
      },
    },
  )

const tooMany = 'because the policies and the request take too many steps to evaluate'

describe('a call whose decision would take too many steps', () => {
  const patterns = { StringLike: { [context]: many(700, () => `*${'a'.repeat(38)}?*`) } }
  const given = { Plaintext: 'AAAA', EncryptionContext: { a: almost } }

  test('is denied, and recorded with the reason', async () => {
    const key = await keyDenying('kms:Encrypt', patterns)
    const text = deniedText(userArn('alice'), 'kms:Encrypt', key.arn, tooMany)
    await alice.isRefused('Encrypt', { KeyId: key.id, ...given }, 'AccessDeniedException', text)
    const record = readAuditRecords(server.dataDirectory).at(-1)
    assert.deepEqual(
      [record?.['eventName'], record?.['errorCode'], reasonOf(record)],
      ['Encrypt', 'AccessDenied', 'undecided: more than 3000000 steps'],
    )
    await alice.answer('Encrypt', { KeyId: key.id, Plaintext: 'AAAA', EncryptionContext: { a: 'aab' } })
  })

  test('is reported to the operator once', async () => {
    const key = await keyDenying('kms:Encrypt', patterns)
    const answers = []
    for (const _ of many(3, () => undefined))
      answers.push(await alice.call('Encrypt', { KeyId: key.id, ...given }))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 400, 400],
    )
    const lines = server
      .stderr()
      .split('\n')
      .filter(line => line.includes('take too many steps') && line.includes(key.id))
    assert.equal(lines.length, 1, server.stderr())
    const { requestId } = JSON.parse(lines[0] ?? '') as { requestId: string }
    assert.equal(requestId, answers[0]?.headers.get('x-amzn-requestid'))
  })

  test('is denied although a grant allows it, because a Deny could be in what was not evaluated', async () => {
    const key = await keyDenying('kms:Encrypt', patterns)
    await alice.answer('CreateGrant', {
      KeyId: key.id,
      GranteePrincipal: userArn('alice'),
      Operations: ['Encrypt'],
    })
    const answer = await alice.call('Encrypt', { KeyId: key.id, ...given })
    assert.match(answer.text, /AccessDeniedException.*too many steps/)
  })

  test('does not reveal to a different account that there is such a key', async () => {
    const open = allow('kms:*', '*', rootOf(theirs))
    const key = await keyDenying('kms:Encrypt', patterns, open)
    const missing = key.arn.replace(key.id, '11111111-1111-4111-8111-111111111111')
    const [there, none] = await Promise.all(
      [key.arn, missing].map(async KeyId => {
        const { text } = await as('mallory').call('Encrypt', { KeyId, ...given })
        return text.replaceAll(KeyId, 'KEY')
      }),
    )
    assert.match(there ?? '', /AccessDeniedException/)
    assert.equal(there, none)
    const denials = readAuditRecords(server.dataDirectory).filter(
      ({ errorCode, userIdentity }) =>
        errorCode === 'AccessDenied' && JSON.stringify(userIdentity).includes('mallory'),
    )
    assert.deepEqual([denials.length, new Set(denials.map(reasonOf)).size], [2, 1])
  })

  test('counts the decisions about all of its keys together', async () => {
    // Two steps for each character and pattern: two million for each of the keys.
    const half = { StringLike: { [context]: many(50, () => '*x*') } }
    const [source, destination] = await Promise.all([
      keyDenying('kms:ReEncrypt*', half),
      keyDenying('kms:ReEncrypt*', half),
    ])
    const [small, large] = [{ a: 'a' }, { a: 'a'.repeat(20_000) }]
    const reEncrypt = async (from: object, to: object) => {
      const { CiphertextBlob } = await alice.answer('Encrypt', {
        KeyId: source.id,
        Plaintext: 'AAAA',
        EncryptionContext: from,
      })
      const { status, text } = await alice.call('ReEncrypt', {
        CiphertextBlob,
        SourceEncryptionContext: from,
        DestinationKeyId: destination.id,
        DestinationEncryptionContext: to,
      })
      return status === 200 ? 'done' : text
    }
    assert.equal(await reEncrypt(large, small), 'done')
    assert.equal(await reEncrypt(small, large), 'done')
    assert.match(await reEncrypt(large, large), /kms:ReEncryptTo .*too many steps/)
  })

  test('has an explanation that says so', async () => {
    const key = await keyDenying('kms:Encrypt', patterns)
    const { code, stdout, stderr } = await explain(key, `${context}=${almost.slice(0, 4000)}`)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^Denied: the policies and the request take too many steps to evaluate\./)
  })
})

// The AWS Encryption SDK cannot write a larger encryption context into its messages (AWS Encryption SDK developer guide,
// "Message format reference", AAD). The form of the text is that of AWS's constraints; the limit is ours.
describe('an encryption context', () => {
  const tooLong =
    "1 validation error detected: Value at 'encryptionContext' failed to satisfy constraint: Member must have length less than or equal to 65535"

  test('can be as large as the AWS Encryption SDK makes them', async () => {
    const { id: KeyId } = await makeKey(alice)
    const EncryptionContext = { key: 'x'.repeat(65_535 - 2 - 4 - 3) }
    const { CiphertextBlob } = await alice.answer('Encrypt', { KeyId, Plaintext: 'AAAA', EncryptionContext })
    const { Plaintext } = await alice.answer('Decrypt', { CiphertextBlob, EncryptionContext })
    assert.equal(Plaintext, 'AAAA')
  })

  test('is refused if it is larger', async () => {
    const { id: KeyId } = await makeKey(alice)
    for (const EncryptionContext of [
      { key: 'x'.repeat(65_535 - 2 - 4 - 3 + 1) },
      { key: '\u00e9'.repeat(32_765) },
      { ['k'.repeat(65_535)]: '' },
      { key: 'x'.repeat(900_000) },
    ]) {
      await alice.isRefused(
        'Encrypt',
        { KeyId, Plaintext: 'AAAA', EncryptionContext },
        'ValidationException',
        tooLong,
      )
    }
    const inReEncrypt = {
      CiphertextBlob: 'AAAA',
      DestinationKeyId: KeyId,
      DestinationEncryptionContext: { a: 'x'.repeat(70_000) },
    }
    await alice.isRefused(
      'ReEncrypt',
      inReEncrypt,
      'ValidationException',
      tooLong.replace('encryptionContext', 'destinationEncryptionContext'),
    )
  })
})
