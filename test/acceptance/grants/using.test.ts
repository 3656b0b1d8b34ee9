import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  base64,
  deniedText,
  explicitDenyIn,
  makeKey,
  noPolicyAllows,
  policyOf,
  type TestCaller,
} from '../../fixtures/caller.ts'
import { allow, deny, seedUser } from '../../fixtures/seed.ts'
import {
  here,
  ours,
  rootOf,
  serverOfTwoAccounts,
  theirs,
  there,
  userArn,
} from '../../fixtures/worlds/two-accounts.ts'

// The calls that a grant allows, the principals that it allows them to, and the policies that override it (AWS KMS developer
// guide, "Grants in AWS KMS").

const { as } = await serverOfTwoAccounts({
  ours: [
    seedUser('admin', allow('*')),
    seedUser('grantee'),
    seedUser('other'),
    seedUser('barred', deny('kms:Decrypt')),
  ],
  theirs: [seedUser('bob', allow('*')), seedUser('ben'), seedUser('bart', deny('kms:Encrypt'))],
})
const [admin, grantee] = [as('admin'), as('grantee')]
const key = await makeKey(admin)

async function grant(KeyId: string, Operations: string[], more: object = {}, caller = admin) {
  const input = { KeyId, GranteePrincipal: userArn('grantee'), Operations, ...more }
  const { GrantId, GrantToken } = await caller.answer('CreateGrant', input)
  return { GrantId: String(GrantId), GrantToken: String(GrantToken) }
}

const x = base64('x')
const context = (EncryptionContext: object) => ({ EncryptionContext })
const encrypt = (KeyId: string, more: object = {}) => ({ KeyId, Plaintext: x, ...more })

async function isDenied(caller: TestCaller, operation: string, input: object): Promise<void> {
  await caller.isRefused(operation, input, 'AccessDeniedException')
}

test('a grant applies at once, with and without its token, and allows only its operations', async () => {
  const { id, arn } = await makeKey(admin)
  const because = noPolicyAllows('identity-based', 'kms:Encrypt')
  const denied = deniedText(userArn('grantee'), 'kms:Encrypt', arn, because)
  await grantee.isRefused('Encrypt', encrypt(id), 'AccessDeniedException', denied)
  const made = await grant(id, ['Encrypt'])
  assert.match(made.GrantId, /^[0-9a-f]{64}$/)
  assert.match(made.GrantToken, /^[\w-]+$/)
  for (const more of [{}, { GrantTokens: [made.GrantToken] }]) {
    const { CiphertextBlob } = await grantee.answer('Encrypt', encrypt(id, more))
    await isDenied(grantee, 'Decrypt', { KeyId: id, CiphertextBlob, ...more })
    await isDenied(grantee, 'DescribeKey', { KeyId: id, ...more })
    await isDenied(as('other'), 'Encrypt', encrypt(id, more))
  }
  await isDenied(grantee, 'Encrypt', encrypt(key.id))
})

test('a grant works without a delegation to the account in the key policy', async () => {
  const statement = allow('kms:*', '*', userArn('admin'))
  const { id } = await makeKey(admin, { Policy: policyOf(statement) })
  await grant(id, ['Encrypt'])
  await grantee.answer('Encrypt', encrypt(id))
})

test('a grant can allow every operation of a symmetric key', async () => {
  const { id: KeyId } = await makeKey(admin)
  const target = await makeKey(admin)
  const { CiphertextBlob } = await admin.answer('Encrypt', encrypt(KeyId))
  const spec = { KeyId, KeySpec: 'AES_128' }
  const pair = { KeyId, KeyPairSpec: 'ECC_NIST_P256' }
  for (const [operation, input] of [
    ['Encrypt', encrypt(KeyId)],
    ['Decrypt', { KeyId, CiphertextBlob }],
    ['Decrypt', { CiphertextBlob }],
    ['GenerateDataKey', spec],
    ['GenerateDataKeyWithoutPlaintext', spec],
    ['GenerateDataKeyPair', pair],
    ['GenerateDataKeyPairWithoutPlaintext', pair],
    ['DescribeKey', { KeyId }],
  ] as const) {
    await isDenied(grantee, operation, input)
    const { GrantId } = await grant(KeyId, [operation])
    await grantee.answer(operation, input)
    await admin.sdk.revokeGrant({ KeyId, GrantId })
    await isDenied(grantee, operation, input)
  }
  const reEncrypt = { CiphertextBlob, DestinationKeyId: target.id }
  await grant(KeyId, ['ReEncryptFrom'])
  await isDenied(grantee, 'ReEncrypt', reEncrypt)
  await grant(target.id, ['ReEncryptTo'])
  await grantee.answer('ReEncrypt', reEncrypt)
})

test('no grant can allow operations that manage grants and keys', async () => {
  const { id: KeyId } = await makeKey(admin)
  const { GrantId } = await grant(KeyId, ['Encrypt', 'CreateGrant', 'RetireGrant', 'DescribeKey'])
  await isDenied(grantee, 'ListGrants', { KeyId })
  await isDenied(grantee, 'RevokeGrant', { KeyId, GrantId })
  await isDenied(grantee, 'DisableKey', { KeyId })
  for (const operation of ['ListGrants', 'RevokeGrant', 'DisableKey', 'ReEncrypt', 'kms:Decrypt', '*']) {
    const input = { KeyId, GranteePrincipal: userArn('grantee'), Operations: [operation] }
    await admin.isRefused('CreateGrant', input, 'ValidationException', /at 'operations\.1\.member' failed/)
  }
})

test('an explicit Deny in an identity policy or in the key policy overrides a grant', async () => {
  const { id: KeyId, arn } = await makeKey(admin)
  const { CiphertextBlob } = await admin.answer('Encrypt', encrypt(KeyId))
  const { GrantToken } = await grant(KeyId, ['Encrypt', 'Decrypt'], { GranteePrincipal: userArn('barred') })
  const input = { KeyId, CiphertextBlob, GrantTokens: [GrantToken] }
  const inIdentity = deniedText(userArn('barred'), 'kms:Decrypt', arn, explicitDenyIn('an identity-based'))
  await as('barred').isRefused('Decrypt', input, 'AccessDeniedException', inIdentity)
  await as('barred').answer('Encrypt', encrypt(KeyId))
  const root = allow('kms:*', '*', rootOf(ours))
  await admin.sdk.putKeyPolicy({ KeyId, Policy: policyOf(root, deny('kms:Encrypt', '*', userArn('barred'))) })
  const inKey = deniedText(userArn('barred'), 'kms:Encrypt', arn, explicitDenyIn('a resource-based'))
  await as('barred').isRefused('Encrypt', encrypt(KeyId), 'AccessDeniedException', inKey)
  await admin.sdk.putKeyPolicy({ KeyId, Policy: policyOf(root) })
  await as('barred').answer('Encrypt', encrypt(KeyId))
})

const contextCases = {
  EncryptionContextEquals: { good: [{ a: '1', b: '2' }], bad: [{ a: '1' }, { a: '1', b: '2', c: '3' }] },
  EncryptionContextSubset: {
    good: [
      { a: '1', b: '2' },
      { a: '1', b: '2', c: '3' },
    ],
    bad: [{ a: '1' }],
  },
}
for (const [constraint, { good, bad }] of Object.entries(contextCases)) {
  test(`${constraint} applies to every operation with an encryption context`, async () => {
    const { id: KeyId } = await makeKey(admin)
    const operations = ['Encrypt', 'Decrypt', 'GenerateDataKey', 'GenerateDataKeyPair', 'DescribeKey']
    const Constraints = { [constraint]: { a: '1', b: '2' } }
    await grant(KeyId, [...operations, 'ReEncryptFrom', 'ReEncryptTo'], { Constraints })
    const all = { b: '2', a: '1' }
    for (const wrong of [
      ...bad,
      {},
      { a: '1', b: '3' },
      { A: '1', b: '2' },
      { a: '1', b: '2 ' },
      { ab: '12' },
    ]) {
      await isDenied(grantee, 'Encrypt', encrypt(KeyId, context(wrong)))
      const { CiphertextBlob } = await admin.answer('Encrypt', encrypt(KeyId, context(wrong)))
      await isDenied(grantee, 'Decrypt', { KeyId, CiphertextBlob, ...context(wrong) })
      await isDenied(grantee, 'GenerateDataKey', { KeyId, KeySpec: 'AES_256', ...context(wrong) })
      const pair = { KeyId, KeyPairSpec: 'ECC_NIST_P256', ...context(wrong) }
      await isDenied(grantee, 'GenerateDataKeyPair', pair)
      const from = { CiphertextBlob, SourceEncryptionContext: wrong }
      const to = { DestinationKeyId: KeyId, DestinationEncryptionContext: all }
      await isDenied(grantee, 'ReEncrypt', { ...from, ...to })
      const { CiphertextBlob: right } = await admin.answer('Encrypt', encrypt(KeyId, context(all)))
      const back = {
        CiphertextBlob: right,
        SourceEncryptionContext: all,
        DestinationEncryptionContext: wrong,
      }
      await isDenied(grantee, 'ReEncrypt', { ...back, DestinationKeyId: KeyId })
    }
    for (const right of [...good, all]) {
      const { CiphertextBlob } = await grantee.answer('Encrypt', encrypt(KeyId, context(right)))
      await grantee.answer('Decrypt', { KeyId, CiphertextBlob, ...context(right) })
      await grantee.answer('GenerateDataKey', { KeyId, KeySpec: 'AES_256', ...context(right) })
      await grantee.answer('ReEncrypt', {
        CiphertextBlob,
        SourceEncryptionContext: right,
        DestinationKeyId: KeyId,
        DestinationEncryptionContext: all,
      })
    }
    // DescribeKey has no encryption context, so the constraint does not apply to it.
    await grantee.answer('DescribeKey', { KeyId })
  })
}

test('one grant that allows is enough; the constraints of several grants do not add up', async () => {
  const { id: KeyId } = await makeKey(admin)
  for (const pair of [{ a: '1' }, { b: '2' }]) {
    await grant(KeyId, ['Encrypt'], { Constraints: { EncryptionContextSubset: pair } })
  }
  await grant(KeyId, ['Decrypt'])
  for (const good of [{ a: '1' }, { b: '2' }, { a: '1', b: '3' }]) {
    await grantee.answer('Encrypt', encrypt(KeyId, context(good)))
  }
  await isDenied(grantee, 'Encrypt', encrypt(KeyId, context({ c: '1' })))
  await isDenied(grantee, 'Encrypt', encrypt(KeyId))
})

test('a revoked grant no longer counts at the next call, even with its token', async () => {
  const { id: KeyId } = await makeKey(admin)
  const { GrantId, GrantToken } = await grant(KeyId, ['Encrypt'])
  for (let round = 0; round < 5; round++) await grantee.answer('Encrypt', encrypt(KeyId))
  await admin.answersNothing('RevokeGrant', { KeyId, GrantId })
  await isDenied(grantee, 'Encrypt', encrypt(KeyId))
  await isDenied(grantee, 'Encrypt', encrypt(KeyId, { GrantTokens: [GrantToken] }))
  const again = await admin.call('RevokeGrant', { KeyId, GrantId })
  assert.match(String(again.json['__type']), /^(NotFound|InvalidGrantId)Exception$/)
  await grant(KeyId, ['Encrypt'])
  await grantee.answer('Encrypt', encrypt(KeyId))
})

test('a grantee of a different account needs a policy of its own, and a Deny there counts', async () => {
  const { id, arn } = await makeKey(admin)
  for (const name of ['bob', 'bart', 'ben']) {
    await isDenied(as(name), 'Encrypt', encrypt(arn))
    await grant(id, ['Encrypt'], { GranteePrincipal: userArn(name, theirs) })
  }
  assert.equal((await as('bob').answer('Encrypt', encrypt(arn)))['KeyId'], arn)
  for (const name of ['bart', 'ben']) await isDenied(as(name), 'Encrypt', encrypt(arn))
  await isDenied(as('bob'), 'DescribeKey', { KeyId: arn })
  await admin.sdk.createAlias({ AliasName: 'alias/lent', TargetKeyId: id })
  await as('bob').answer('Encrypt', encrypt(`arn:aws:kms:${here}:${ours}:alias/lent`))
})

test('a grant to an account is for its root user and for the users that its policies allow', async () => {
  const { id, arn } = await makeKey(admin)
  await grant(id, ['Encrypt'], { GranteePrincipal: rootOf(theirs) })
  await as('theirroot').answer('Encrypt', encrypt(arn))
  await as('bob').answer('Encrypt', encrypt(arn))
  await isDenied(as('ben'), 'Encrypt', encrypt(arn))
  await isDenied(as('bart'), 'Encrypt', encrypt(arn))
  await isDenied(grantee, 'Encrypt', encrypt(arn))
})

test('a grant token must be valid in its Region, even if the caller needs none', async () => {
  const { id: KeyId } = await makeKey(admin)
  const { GrantToken } = await grant(KeyId, ['Encrypt'])
  const remote = await makeKey(as('admin', there))
  const foreign = await grant(remote.id, ['Encrypt'], {}, as('admin', there))
  const changed = GrantToken.slice(0, -4) + (GrantToken.endsWith('AAAA') ? 'BBBB' : 'AAAA')
  for (const token of [
    'AQpA',
    'not a token!',
    changed,
    GrantToken.slice(1),
    foreign.GrantToken,
    'x'.repeat(8192),
  ]) {
    for (const caller of [admin, grantee]) {
      const input = encrypt(KeyId, { GrantTokens: [GrantToken, token] })
      await caller.isRefused('Encrypt', input, 'InvalidGrantTokenException')
    }
  }
  // The token of a grant on a different key is valid.
  const elsewhere = await grant(key.id, ['DescribeKey'])
  const both = { GrantTokens: [elsewhere.GrantToken, GrantToken] }
  await grantee.answer('Encrypt', encrypt(KeyId, both))
  const many = (count: number) =>
    encrypt(KeyId, { GrantTokens: Array.from({ length: count }, () => GrantToken) })
  await grantee.answer('Encrypt', many(10))
  await grantee.isRefused('Encrypt', many(11), 'ValidationException', /at 'grantTokens' failed to satisfy/)
  const long = encrypt(KeyId, { GrantTokens: ['x'.repeat(8193)] })
  await grantee.isRefused(
    'Encrypt',
    long,
    'ValidationException',
    /at 'grantTokens\.1\.member' failed to satisfy/,
  )
})

test('a grant belongs to one member of a multi-Region key, not to its replicas', async () => {
  const { id: KeyId } = await makeKey(admin, { MultiRegion: true })
  await grant(KeyId, ['Encrypt', 'DescribeKey'])
  await admin.sdk.replicateKey({ KeyId, ReplicaRegion: there })
  const remote = as('admin', there)
  for (let state = ''; state !== 'Enabled'; ) {
    state = (await remote.describe(KeyId)).KeyState ?? ''
  }
  assert.deepEqual((await remote.answer('ListGrants', { KeyId }))['Grants'], [])
  await isDenied(as('grantee', there), 'Encrypt', encrypt(KeyId))
  await grantee.answer('Encrypt', encrypt(KeyId))
  await grant(KeyId, ['DescribeKey'], {}, remote)
  await isDenied(as('grantee', there), 'Encrypt', encrypt(KeyId))
})
