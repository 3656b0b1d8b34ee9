import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  base64,
  callersOf,
  deniedText,
  explicitDenyIn,
  makeKey,
  noPolicyAllows,
  policyOf,
  type TestKey,
} from '../../fixtures/caller.ts'
import { allow, deny, seedAccessKey, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { ours as account, rootOf, userArn } from '../../fixtures/worlds/two-accounts.ts'

const arnPrefix = `arn:aws:kms:us-east-1:${account}:`
const rootArn = rootOf(account)
const fixedKeyId = '11111111-1111-4111-8111-111111111111'
const fixedKeyArn = `${arnPrefix}key/${fixedKeyId}`
/** The statement of the default key policy: the policies of the account decide. */
const delegation = allow('kms:*', '*', rootArn)

const seed = {
  accounts: [
    {
      id: account,
      root: { accessKeys: [seedAccessKey('root')] },
      users: [
        seedUser('alice', allow('kms:*')),
        seedUser('nobody'),
        seedUser('denied', allow('*'), deny(['kms:Decrypt', 'kms:ListKeys'])),
        seedUser('narrow', allow('kms:DescribeKey', fixedKeyArn)),
        seedUser('wild', allow(['KMS:describe*', 'kms:En?rypt'], `arn:aws:kms:*:${account}:key/1111*`)),
        seedUser('other', allow('s3:*'), allow('kms:Describe', fixedKeyArn)),
        seedUser('creator', allow('kms:CreateKey')),
        seedUser('onalias', allow('kms:*Alias', `${arnPrefix}alias/mine`)),
        seedUser('onkey', allow('kms:*Alias', `${arnPrefix}key/*`)),
        seedUser('fromonly', allow(['kms:ReEncryptFrom', 'kms:Encrypt'])),
        seedUser('toonly', allow(['kms:ReEncryptTo', 'kms:Encrypt'])),
      ],
      keys: [{ id: fixedKeyId, description: 'fixed' }],
    },
  ],
}

const as = callersOf(await testServer({ seed }))
const alice = as('alice')

async function isDenied(name: string, operation: string, input: object, resource: string, because: string) {
  const arn = name === 'root' ? rootArn : userArn(name)
  const text = deniedText(arn, `kms:${operation}`, resource, because)
  await as(name).isRefused(operation, input, 'AccessDeniedException', text)
}

/** A key whose policy has exactly these statements, even if nobody can change it again. */
function keyWith(...statements: object[]): Promise<TestKey> {
  return makeKey(alice, { Policy: policyOf(...statements), BypassPolicyLockoutSafetyCheck: true })
}

test('a user without policies may do nothing, with or without a key', async () => {
  const because = (action: string) => noPolicyAllows('identity-based', `kms:${action}`)
  const withoutKey = { ListKeys: {}, ListAliases: {}, CreateKey: {}, GenerateRandom: { NumberOfBytes: 8 } }
  for (const [operation, input] of Object.entries(withoutKey)) {
    await isDenied('nobody', operation, input, '*', because(operation))
  }
  const onKey = {
    DescribeKey: {},
    Encrypt: { Plaintext: base64('x') },
    GenerateDataKey: { KeySpec: 'AES_256' },
    ScheduleKeyDeletion: {},
    PutKeyPolicy: { Policy: policyOf(delegation) },
    ListResourceTags: {},
  }
  for (const [operation, input] of Object.entries(onKey)) {
    await isDenied('nobody', operation, { KeyId: fixedKeyId, ...input }, fixedKeyArn, because(operation))
  }
  assert.equal((await alice.describe(fixedKeyId)).KeyState, 'Enabled')
})

test('a key that does not exist is not found, for every caller of the account', async () => {
  const KeyId = '22222222-2222-4222-8222-222222222222'
  const text = `Key '${arnPrefix}key/${KeyId}' does not exist`
  for (const name of ['nobody', 'alice', 'root']) {
    await as(name).isRefused('DescribeKey', { KeyId }, 'NotFoundException', text)
  }
})

test('a policy allows its actions on its resources and no others', async () => {
  await as('narrow').answer('DescribeKey', { KeyId: fixedKeyId })
  const { id, arn } = await makeKey(alice)
  const noneFor = (action: string) => noPolicyAllows('identity-based', action)
  await isDenied('narrow', 'DescribeKey', { KeyId: id }, arn, noneFor('kms:DescribeKey'))
  await isDenied('narrow', 'GetKeyPolicy', { KeyId: fixedKeyId }, fixedKeyArn, noneFor('kms:GetKeyPolicy'))
  await isDenied('other', 'DescribeKey', { KeyId: fixedKeyId }, fixedKeyArn, noneFor('kms:DescribeKey'))
})

test('wildcards match, and actions are not case-sensitive', async () => {
  await as('wild').answer('DescribeKey', { KeyId: fixedKeyId })
  const { CiphertextBlob } = await as('wild').answer('Encrypt', { KeyId: fixedKeyId, Plaintext: base64('x') })
  const noDecrypt = noPolicyAllows('identity-based', 'kms:Decrypt')
  await isDenied('wild', 'Decrypt', { CiphertextBlob, KeyId: fixedKeyId }, fixedKeyArn, noDecrypt)
})

test('an explicit deny in a policy of the user overrides every allow', async () => {
  const { id, arn } = await keyWith(delegation, allow('kms:*', '*', userArn('denied')))
  const { CiphertextBlob } = await as('denied').answer('Encrypt', { KeyId: id, Plaintext: base64('x') })
  const denial = explicitDenyIn('an identity-based')
  await isDenied('denied', 'Decrypt', { CiphertextBlob, KeyId: id }, arn, denial)
  await isDenied('denied', 'ListKeys', {}, '*', denial)
  await as('denied').answer('ListAliases', {})
})

// Recorded from AWS: in its own account, a caller gets the same message with and without the name of the key.
test('Decrypt without the name of the key is denied with the same message', async () => {
  const { CiphertextBlob } = await alice.answer('Encrypt', { KeyId: fixedKeyId, Plaintext: base64('x') })
  const none = noPolicyAllows('identity-based', 'kms:Decrypt')
  await isDenied('nobody', 'Decrypt', { CiphertextBlob }, fixedKeyArn, none)
  await isDenied('narrow', 'Decrypt', { CiphertextBlob }, fixedKeyArn, none)
  await isDenied('denied', 'Decrypt', { CiphertextBlob }, fixedKeyArn, explicitDenyIn('an identity-based'))
})

test('a key policy can allow a user that has no policy of its own', async () => {
  const { id: KeyId, arn } = await keyWith(
    delegation,
    allow(['kms:Encrypt', 'kms:DescribeKey'], '*', userArn('nobody')),
  )
  await as('nobody').answer('Encrypt', { KeyId, Plaintext: base64('x') })
  await as('nobody').answer('DescribeKey', { KeyId: arn })
  const data = { KeyId, KeySpec: 'AES_256' }
  await isDenied(
    'nobody',
    'GenerateDataKey',
    data,
    arn,
    noPolicyAllows('identity-based', 'kms:GenerateDataKey'),
  )
})

test('a key policy for everybody allows every user of the account', async () => {
  for (const principal of ['*', { AWS: '*' }]) {
    const everybody = { ...allow('kms:DescribeKey'), Principal: principal }
    const { id: KeyId } = await keyWith(delegation, everybody)
    await as('nobody').answer('DescribeKey', { KeyId })
  }
})

test('without the account in the key policy, the policies of its users have no effect', async () => {
  const { id: KeyId, arn } = await keyWith(allow('kms:*', '*', userArn('nobody')))
  await as('nobody').answer('DescribeKey', { KeyId })
  const missing = noPolicyAllows('resource-based', 'kms:DescribeKey')
  for (const name of ['alice', 'denied', 'root']) await isDenied(name, 'DescribeKey', { KeyId }, arn, missing)
})

test('a key policy delegates to the account only the actions that it names', async () => {
  for (const AWS of [rootArn, account]) {
    const { id: KeyId, arn } = await keyWith(allow(['kms:Describe*', 'kms:GetKeyPolicy'], '*', AWS))
    await alice.answer('DescribeKey', { KeyId })
    await as('root').answer('GetKeyPolicy', { KeyId })
    const missing = (action: string) => noPolicyAllows('resource-based', action)
    await isDenied('alice', 'DisableKey', { KeyId }, arn, missing('kms:DisableKey'))
    await isDenied('root', 'DisableKey', { KeyId }, arn, missing('kms:DisableKey'))
  }
})

test('an explicit deny in a key policy overrides every allow, for users, for the account and for everybody', async () => {
  const denial = explicitDenyIn('a resource-based')
  const input = (KeyId: string) => ({ KeyId, Plaintext: base64('x') })
  for (const [AWS, denied] of [
    [userArn('alice'), ['alice']],
    [rootArn, ['alice', 'root']],
    ['*', ['alice', 'denied', 'root']],
  ] as const) {
    const { id, arn } = await keyWith(
      delegation,
      allow('kms:*', '*', userArn('alice')),
      deny('kms:Encrypt', '*', AWS),
    )
    for (const name of denied) await isDenied(name, 'Encrypt', input(id), arn, denial)
    if (AWS !== '*' && AWS !== rootArn) await as('root').answer('Encrypt', input(id))
    await alice.answer('DescribeKey', { KeyId: id })
  }
})

test('statements about other keys, other users and services do not apply to the caller', async () => {
  const { id: KeyId, arn } = await keyWith(
    allow('kms:*', `${arnPrefix}key/99999999-9999-4999-8999-999999999999`, rootArn),
    allow('kms:*', '*', [userArn('narrow'), 'arn:aws:iam::222222222222:role/alice']),
    { ...allow('kms:*'), Principal: { Service: 'ec2.amazonaws.com' } },
  )
  await isDenied('alice', 'DescribeKey', { KeyId }, arn, noPolicyAllows('resource-based', 'kms:DescribeKey'))
})

test('the root user needs no policy of its own', async () => {
  const root = as('root')
  const { id: KeyId } = await makeKey(root)
  await root.answer('Encrypt', { KeyId, Plaintext: base64('x') })
  await root.answer('ListKeys', {})
  await root.sdk.createAlias({ AliasName: 'alias/of-root', TargetKeyId: KeyId })
  await root.sdk.scheduleKeyDeletion({ KeyId })
})

test('tags on a new key need the permission kms:TagResource', async () => {
  await as('creator').answer('CreateKey', {})
  const input = { Tags: [{ TagKey: 'a', TagValue: 'b' }] }
  const { status, json } = await as('creator').call('CreateKey', input)
  assert.deepEqual([status, json['__type']], [400, 'AccessDeniedException'])
  assert.match(String(json['Message']), /kms:TagResource/)
})

test('alias operations need the permission on the alias and on the key', async () => {
  const { id: TargetKeyId, arn } = await makeKey(alice)
  const input = { AliasName: 'alias/mine', TargetKeyId }
  const aliasArn = `${arnPrefix}alias/mine`
  const because = noPolicyAllows('identity-based', 'kms:CreateAlias')
  await isDenied('onalias', 'CreateAlias', input, arn, because)
  await isDenied('onkey', 'CreateAlias', input, aliasArn, because)
  await alice.answersNothing('CreateAlias', input)
  for (const operation of ['UpdateAlias', 'DeleteAlias']) {
    const none = noPolicyAllows('identity-based', `kms:${operation}`)
    await isDenied('onalias', operation, input, arn, none)
    await isDenied('onkey', operation, input, aliasArn, none)
  }
  assert.equal((await alice.describe('alias/mine')).Arn, arn)
})

test('moving an alias also needs the permission on its old key', async () => {
  const [from, to] = [
    await keyWith(delegation, deny('kms:UpdateAlias', '*', userArn('alice'))),
    await makeKey(alice),
  ]
  await alice.sdk.createAlias({ AliasName: 'alias/stays', TargetKeyId: from.id })
  const input = { AliasName: 'alias/stays', TargetKeyId: to.id }
  await isDenied('alice', 'UpdateAlias', input, from.arn, explicitDenyIn('a resource-based'))
})

test('ReEncrypt needs its own permission on each of the two keys', async () => {
  const [source, destination] = [await makeKey(alice), await makeKey(alice)]
  const { CiphertextBlob } = await alice.answer('Encrypt', { KeyId: source.id, Plaintext: base64('x') })
  const input = { CiphertextBlob, SourceKeyId: source.id, DestinationKeyId: destination.id }
  const isRefused = (name: string, action: string, { arn }: TestKey) => {
    const text = deniedText(userArn(name), action, arn, noPolicyAllows('identity-based', action))
    return as(name).isRefused('ReEncrypt', input, 'AccessDeniedException', text)
  }
  await isRefused('fromonly', 'kms:ReEncryptTo', destination)
  await isRefused('toonly', 'kms:ReEncryptFrom', source)
  await alice.answer('ReEncrypt', input)
})
