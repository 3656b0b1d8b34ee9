import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GrantOperation, KeySpec, KeyUsageType } from '@aws-sdk/client-kms'
import { base64, makeKey, policyOf, violation } from '../../fixtures/caller.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import { ours, rootOf, serverOfTwoAccounts, theirs, userArn } from '../../fixtures/worlds/two-accounts.ts'

// CreateGrant: the operations, keys, grantees and callers of grants (AWS KMS developer guide, "Grants in AWS KMS").

const { as } = await serverOfTwoAccounts({
  ours: [seedUser('admin', allow('*')), seedUser('grantee'), seedUser('child')],
  theirs: [seedUser('bob', allow('*')), seedUser('ben')],
})
const [admin, grantee, child] = [as('admin'), as('grantee'), as('child')]
const key = await makeKey(admin)

const draft = (more: object = {}) => ({
  KeyId: key.id,
  GranteePrincipal: userArn('grantee'),
  Operations: ['Encrypt'],
  ...more,
})
const encrypt = (KeyId: string, more: object = {}) => ({ KeyId, Plaintext: base64('x'), ...more })
const countGrants = async (KeyId: string) => (await admin.sdk.listGrants({ KeyId })).Grants?.length

const all: GrantOperation[] = ['DescribeKey', 'CreateGrant', 'RetireGrant']
const publicKey: GrantOperation = 'GetPublicKey'
const encryption: GrantOperation[] = ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo']
const signing: GrantOperation[] = ['Sign', 'Verify', publicKey]
const kinds: [KeySpec, KeyUsageType, GrantOperation[]][] = [
  [
    'SYMMETRIC_DEFAULT',
    'ENCRYPT_DECRYPT',
    [
      ...encryption,
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'GenerateDataKeyPair',
      'GenerateDataKeyPairWithoutPlaintext',
    ],
  ],
  ['RSA_2048', 'ENCRYPT_DECRYPT', [...encryption, publicKey]],
  ['RSA_2048', 'SIGN_VERIFY', signing],
  ['ECC_NIST_P256', 'SIGN_VERIFY', signing],
  ['ECC_SECG_P256K1', 'SIGN_VERIFY', signing],
  ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', signing],
  ['ML_DSA_44', 'SIGN_VERIFY', signing],
  ['ECC_NIST_P384', 'KEY_AGREEMENT', ['DeriveSharedSecret', publicKey]],
  ['HMAC_256', 'GENERATE_VERIFY_MAC', ['GenerateMac', 'VerifyMac']],
  ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE', ['Encapsulate', 'Decapsulate', publicKey] as GrantOperation[]],
]
const every = [...new Set(kinds.flatMap(([, , operations]) => operations))]

for (const [KeySpec, KeyUsage, operations] of kinds) {
  test(`a grant on ${KeySpec} for ${KeyUsage} can only have the operations of such a key`, async () => {
    const { id: KeyId, arn } = await makeKey(admin, { KeySpec, KeyUsage })
    await admin.answer('CreateGrant', draft({ KeyId, Operations: [...operations, ...all] }))
    await admin.answer('CreateGrant', draft({ KeyId: arn, Operations: operations }))
    for (const Operation of every) {
      if (operations.includes(Operation)) continue
      const input = draft({ KeyId, Operations: ['DescribeKey', Operation] })
      await admin.isRefused('CreateGrant', input, 'ValidationException')
    }
    assert.equal(await countGrants(KeyId), 2)
    if (KeySpec === 'SYMMETRIC_DEFAULT') return
    for (const constraint of ['EncryptionContextEquals', 'EncryptionContextSubset']) {
      const input = draft({ KeyId, Operations: ['DescribeKey'], Constraints: { [constraint]: { a: '1' } } })
      await admin.isRefused('CreateGrant', input, 'ValidationException')
    }
  })
}

test('if one of two encryption contexts is empty, the other is the constraint: Terraform sends both', async () => {
  const { id: KeyId } = await makeKey(admin)
  const context = { order: '7' }
  const cases = [
    [{ EncryptionContextEquals: context, EncryptionContextSubset: {} }, { EncryptionContextEquals: context }],
    [{ EncryptionContextEquals: {}, EncryptionContextSubset: context }, { EncryptionContextSubset: context }],
    // Two empty contexts do not mean that every context is allowed.
    [{ EncryptionContextEquals: {}, EncryptionContextSubset: {} }, { EncryptionContextEquals: {} }],
  ] as const
  for (const [Constraints, kept] of cases) {
    const { GrantId } = await admin.sdk.createGrant({
      KeyId,
      GranteePrincipal: userArn('grantee'),
      Operations: ['Encrypt'],
      Constraints,
    })
    const { Grants = [] } = await admin.sdk.listGrants({ KeyId, GrantId })
    assert.deepEqual(
      Grants.map(grant => grant.Constraints),
      [kept],
    )
  }
})

test('grants on key pairs and MAC keys allow the operations that they name', async () => {
  const message = { Message: base64('x') }
  const uses: [KeySpec, KeyUsageType, string, object][] = [
    [
      'RSA_2048',
      'ENCRYPT_DECRYPT',
      'Encrypt',
      { Plaintext: base64('x'), EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' },
    ],
    ['RSA_2048', 'SIGN_VERIFY', 'Sign', { ...message, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }],
    ['ECC_NIST_P256', 'SIGN_VERIFY', 'GetPublicKey', {}],
    ['HMAC_256', 'GENERATE_VERIFY_MAC', 'GenerateMac', { ...message, MacAlgorithm: 'HMAC_SHA_256' }],
    ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE', 'Encapsulate', { EncapsulationAlgorithm: 'ML_KEM' }],
  ]
  for (const [KeySpec, KeyUsage, operation, input] of uses) {
    const { id: KeyId } = await makeKey(admin, { KeySpec, KeyUsage })
    await grantee.isRefused(operation, { KeyId, ...input }, 'AccessDeniedException')
    await admin.answer('CreateGrant', draft({ KeyId, Operations: [operation] }))
    await grantee.answer(operation, { KeyId, ...input })
    await grantee.isRefused('DescribeKey', { KeyId }, 'AccessDeniedException')
  }
})

test('the same request with the same name makes one grant and returns a different token', async () => {
  const { id: KeyId } = await makeKey(admin)
  const Constraints = { EncryptionContextSubset: { a: '1', b: '2' } }
  const input = draft({ KeyId, Name: 'n', Operations: ['Encrypt', 'Decrypt'], Constraints })
  const first = await admin.answer('CreateGrant', input)
  const second = await admin.answer('CreateGrant', input)
  assert.equal(second['GrantId'], first['GrantId'])
  assert.notEqual(second['GrantToken'], first['GrantToken'])
  for (const GrantToken of [first['GrantToken'], second['GrantToken']]) {
    const use = encrypt(KeyId, { GrantTokens: [GrantToken], EncryptionContext: { a: '1', b: '2' } })
    await grantee.answer('Encrypt', use)
  }
  assert.equal(await countGrants(KeyId), 1)
  const others = [
    { Operations: ['Encrypt'] },
    { Constraints: { EncryptionContextEquals: { a: '1', b: '2' } } },
    { Constraints: { EncryptionContextSubset: { a: '1' } } },
    { GranteePrincipal: userArn('child') },
    { RetiringPrincipal: userArn('child') },
    { Name: 'm' },
  ]
  const ids = new Set([first['GrantId']])
  for (const change of others)
    ids.add((await admin.answer('CreateGrant', { ...input, ...change }))['GrantId'])
  assert.equal(ids.size, 1 + others.length)
  assert.equal(await countGrants(KeyId), 1 + others.length)
  const other = await makeKey(admin)
  const elsewhere = await admin.answer('CreateGrant', { ...input, KeyId: other.id })
  assert.notEqual(elsewhere['GrantId'], first['GrantId'])
  await admin.sdk.revokeGrant({ KeyId, GrantId: String(first['GrantId']) })
  assert.notEqual((await admin.answer('CreateGrant', input))['GrantId'], first['GrantId'])
})

test('without a name every request makes a grant', async () => {
  const { id: KeyId } = await makeKey(admin)
  const ids = await Promise.all(
    Array.from({ length: 5 }, async () => (await admin.answer('CreateGrant', draft({ KeyId })))['GrantId']),
  )
  assert.equal(new Set(ids).size, 5)
})

test('the same named request five times at once makes one grant', async () => {
  const { id: KeyId } = await makeKey(admin)
  const input = draft({ KeyId, Name: 'once' })
  const answers = await Promise.all(Array.from({ length: 5 }, () => admin.answer('CreateGrant', input)))
  assert.equal(new Set(answers.map(answer => answer['GrantId'])).size, 1)
  assert.equal(await countGrants(KeyId), 1)
})

test('a request must be complete and within the limits', async () => {
  const isRefused = (change: object, text?: string | RegExp) =>
    admin.isRefused('CreateGrant', draft(change), 'ValidationException', text)
  await isRefused({ KeyId: undefined }, violation('keyId', 'null', 'not be null'))
  await isRefused({ Operations: undefined }, violation('operations', 'null', 'not be null'))
  await isRefused({ Operations: [] })
  await isRefused({ GranteePrincipal: undefined })
  await isRefused({ GranteeServicePrincipal: 'rds.amazonaws.com' })
  await isRefused({ RetiringPrincipal: userArn('child'), RetiringServicePrincipal: 'rds.amazonaws.com' })
  await isRefused(
    { Name: 'no spaces' },
    /at 'name' failed to satisfy constraint: Member must satisfy regular/,
  )
  await isRefused({ Name: 'x'.repeat(257) }, /have length less than or equal to 256$/)
  await isRefused({ GranteePrincipal: 'a b' }, /at 'granteePrincipal' failed to satisfy constraint/)
  const pairs = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, 'value']))
  const constrained = (context: object) => ({ Constraints: { EncryptionContextSubset: context } })
  await admin.answer('CreateGrant', draft(constrained({ ...pairs(7), long: 'x'.repeat(384) })))
  await isRefused(constrained(pairs(9)))
  await isRefused(constrained({ a: 'x'.repeat(385) }))
  const a = { a: '1' }
  await isRefused({ Constraints: { EncryptionContextEquals: a, EncryptionContextSubset: a } })
})

test('grantees and retiring principals must be principals, and must exist if their account is here', async () => {
  const isRefused = (change: object) => admin.isRefused('CreateGrant', draft(change), 'InvalidArnException')
  for (const arn of ['nobody', 'arn:aws:iam::1:user/x', 'arn:aws:s3:::bucket', key.arn, userArn('nobody')]) {
    await isRefused({ GranteePrincipal: arn })
    await isRefused({ RetiringPrincipal: arn })
  }
  await isRefused({ GranteePrincipal: userArn('nobody', theirs) })
  // The server cannot know the users of accounts that it does not have.
  await admin.answer('CreateGrant', draft({ GranteePrincipal: userArn('eve', '333333333333') }))
})

test('a grant to a service must have a source ARN and a retiring principal', async () => {
  const { id: KeyId } = await makeKey(admin)
  const service = { GranteePrincipal: undefined, GranteeServicePrincipal: 'rds.amazonaws.com', KeyId }
  const SourceArn = `arn:aws:rds:us-east-1:${ours}:db:orders`
  const retired = { RetiringServicePrincipal: 'rds.amazonaws.com' }
  await admin.isRefused('CreateGrant', draft({ ...service, ...retired }), 'ValidationException')
  const bound = { ...service, Constraints: { SourceArn } }
  await admin.isRefused('CreateGrant', draft(bound), 'ValidationException')
  await admin.answer('CreateGrant', draft({ ...bound, ...retired }))
  const [entry] = (await admin.sdk.listGrants({ KeyId })).Grants ?? []
  assert.equal(entry?.GranteeServicePrincipal, 'rds.amazonaws.com')
  assert.equal(entry.RetiringServicePrincipal, 'rds.amazonaws.com')
  assert.deepEqual(entry.Constraints, { SourceArn })
  // No call of this test comes from a service, so no call has a source ARN.
  await admin.answer('CreateGrant', draft({ KeyId, Constraints: { SourceArn } }))
  await grantee.isRefused('Encrypt', encrypt(KeyId), 'AccessDeniedException')
})

test('a grantee with CreateGrant can only make narrower grants', async () => {
  const { id: KeyId } = await makeKey(admin)
  const give = (Operations: string[], Constraints?: object) => ({
    KeyId,
    GranteePrincipal: userArn('child'),
    Operations,
    ...(Constraints === undefined ? {} : { Constraints }),
  })
  const isDenied = (input: object) => grantee.isRefused('CreateGrant', input, 'AccessDeniedException')
  await isDenied(give(['Encrypt']))
  const Operations = ['Encrypt', 'CreateGrant']
  const { GrantId } = await admin.answer('CreateGrant', draft({ KeyId, Operations }))
  await isDenied(give(['Decrypt']))
  await isDenied(give(['Encrypt', 'Decrypt']))
  await isDenied(give(['RetireGrant']))
  await isDenied(give(['DescribeKey']))
  await grantee.answer('CreateGrant', give(['Encrypt']))
  await child.answer('Encrypt', encrypt(KeyId))
  await grantee.answer(
    'CreateGrant',
    give(['CreateGrant', 'Encrypt'], { EncryptionContextEquals: { a: '1' } }),
  )
  // The grants that the grantee made stay after the grantee's own grant is revoked.
  await admin.sdk.revokeGrant({ KeyId, GrantId: String(GrantId) })
  await isDenied(give(['Encrypt']))
  await child.answer('Encrypt', encrypt(KeyId))
})

const narrower = {
  EncryptionContextSubset: {
    good: [
      { Subset: { a: '1' } },
      { Subset: { a: '1', b: '2' } },
      { Equals: { a: '1' } },
      { Equals: { a: '1', b: '2' } },
    ],
    bad: [{}, { Subset: { b: '2' } }, { Subset: { a: '2' } }, { Equals: { b: '2' } }, { Subset: { A: '1' } }],
  },
  EncryptionContextEquals: {
    good: [{ Equals: { a: '1' } }],
    bad: [{}, { Subset: { a: '1' } }, { Equals: { a: '1', b: '2' } }, { Equals: {} }, { Equals: { a: '2' } }],
  },
}
for (const [constraint, { good, bad }] of Object.entries(narrower)) {
  test(`a grant made by the grantee of one with ${constraint} must have the same or a narrower constraint`, async () => {
    const { id: KeyId } = await makeKey(admin)
    const Operations = ['Encrypt', 'CreateGrant']
    await admin.answer('CreateGrant', draft({ KeyId, Operations, Constraints: { [constraint]: { a: '1' } } }))
    const give = (constraints: object) => ({
      KeyId,
      GranteePrincipal: userArn('child'),
      Operations: ['Encrypt'],
      Constraints: Object.fromEntries(
        Object.entries(constraints).map(([kind, pairs]) => [`EncryptionContext${kind}`, pairs]),
      ),
    })
    for (const constraints of bad) {
      await grantee.isRefused('CreateGrant', give(constraints), 'AccessDeniedException')
    }
    for (const constraints of good) await grantee.answer('CreateGrant', give(constraints))
  })
}

test('CreateGrant across accounts needs both policies, and the caller’s account is the issuer', async () => {
  const Policy = policyOf(allow('kms:*', '*', rootOf(ours)), allow('kms:CreateGrant', '*', theirs))
  const { id, arn } = await makeKey(admin, { Policy })
  const input = draft({ KeyId: arn, GranteePrincipal: userArn('ben', theirs) })
  await as('ben').isRefused('CreateGrant', input, 'AccessDeniedException')
  await as('bob').answer('CreateGrant', input)
  await as('ben').answer('Encrypt', encrypt(arn))
  const [entry] = (await admin.sdk.listGrants({ KeyId: id })).Grants ?? []
  assert.equal(entry?.IssuingAccount, rootOf(theirs))
})

test('CreateGrant needs an enabled key', async () => {
  const { id: KeyId, arn } = await makeKey(admin)
  await admin.sdk.disableKey({ KeyId })
  await admin.isRefused('CreateGrant', draft({ KeyId }), 'DisabledException', `${arn} is disabled.`)
  await admin.sdk.scheduleKeyDeletion({ KeyId })
  await admin.isRefused('CreateGrant', draft({ KeyId }), 'KMSInvalidStateException')
  const external = await makeKey(admin, { Origin: 'EXTERNAL' })
  const text = `${external.arn} is pending import.`
  await admin.isRefused('CreateGrant', draft({ KeyId: external.id }), 'KMSInvalidStateException', text)
})
