import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, deniedText, explicitDenyIn, makeKey, policyOf } from '../../fixtures/caller.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, deny, seedUser } from '../../fixtures/seed.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'
import {
  here,
  ours,
  rootOf,
  serverOfTwoAccounts,
  theirs,
  there,
  userArn,
} from '../../fixtures/worlds/two-accounts.ts'

// The end of grants: they are retired, revoked, or deleted with their key (AWS KMS developer guide, "Grants in AWS KMS").

const users = {
  ours: [
    seedUser('admin', allow('*')),
    seedUser('grantee'),
    seedUser('retirer'),
    seedUser('barred', deny('kms:RetireGrant')),
    seedUser('delegate', allow('kms:RetireGrant')),
    seedUser('named'),
  ],
  theirs: [seedUser('bob', allow('*')), seedUser('ben')],
}
const { keyward, as } = await serverOfTwoAccounts(users, { hasTestClock: true })
const admin = as('admin')
const encrypt = (KeyId: string) => ({ KeyId, Plaintext: base64('x') })

/** A key with one grant, by default to `grantee` for Encrypt. `forms` are the inputs that name the grant. */
async function granted(more: object = {}, keyInput: object = {}) {
  const key = await makeKey(admin, keyInput)
  const draft = { GranteePrincipal: userArn('grantee'), Operations: ['Encrypt'] }
  const { GrantId, GrantToken } = await admin.answer('CreateGrant', { KeyId: key.id, ...draft, ...more })
  const forms = [{ GrantToken }, { KeyId: key.arn, GrantId }]
  return { ...key, GrantId: String(GrantId), GrantToken: String(GrantToken), forms }
}

/** Whether ListGrants still shows the grant. */
async function isThere({ id, GrantId }: { id: string; GrantId: string }): Promise<boolean> {
  const { Grants = [] } = await admin.sdk.listGrants({ KeyId: id })
  return Grants.some(grant => grant.GrantId === GrantId)
}

const mayRetire: [who: string, name: string, grant: object][] = [
  ['its retiring principal', 'retirer', { RetiringPrincipal: userArn('retirer') }],
  [
    'a retiring principal whose own, different account allows it',
    'bob',
    { RetiringPrincipal: userArn('bob', theirs) },
  ],
  ['the account that is its retiring principal', 'theirroot', { RetiringPrincipal: rootOf(theirs) }],
  ['its grantee, if the grant has RetireGrant', 'grantee', { Operations: ['Encrypt', 'RetireGrant'] }],
  ['the account that made it', 'ourroot', {}],
  ['a user of that account whose identity policy allows it', 'delegate', {}],
]
for (const [who, name, grant] of mayRetire) {
  test(`a grant is retired by ${who}, by its token or by its key and id`, async () => {
    for (const form of [0, 1]) {
      const made = await granted(grant)
      await as(name).answersNothing('RetireGrant', made.forms[form])
      assert.equal(await isThere(made), false)
      await as('grantee').isRefused('Encrypt', encrypt(made.id), 'AccessDeniedException')
    }
  })
}

// Recorded from AWS.
test('a principal of a different account that a grant names needs an identity policy to retire it', async () => {
  const ben = userArn('ben', theirs)
  const text = `User: ${ben} is not authorized to perform: kms:RetireGrant on this resource because no identity-based policy allows the kms:RetireGrant action`
  for (const named of [
    { RetiringPrincipal: ben },
    { GranteePrincipal: ben, Operations: ['Encrypt', 'RetireGrant'] },
  ]) {
    const made = await granted(named)
    for (const form of made.forms)
      await as('ben').isRefused('RetireGrant', form, 'AccessDeniedException', text)
    assert.equal(await isThere(made), true)
  }
})

test('nobody else may retire a grant, not even by the key policy, and the grant stays', async () => {
  const names = ['grantee', 'retirer', 'named', 'ben', 'bob', 'theirroot']
  const delegation = allow('kms:*', '*', rootOf(ours))
  const Policy = policyOf(delegation, allow('kms:RetireGrant', '*', [userArn('named'), theirs]))
  const made = await granted({}, { Policy })
  for (const name of names) {
    for (const form of made.forms) await as(name).isRefused('RetireGrant', form, 'AccessDeniedException')
  }
  assert.equal(await isThere(made), true)
  await as('grantee').answer('Encrypt', encrypt(made.id))
  const other = await granted({ RetiringPrincipal: userArn('retirer') })
  for (const form of other.forms) await as('grantee').isRefused('RetireGrant', form, 'AccessDeniedException')
})

test('a Deny of kms:RetireGrant in an identity policy overrides the grant', async () => {
  const made = await granted({ RetiringPrincipal: userArn('barred') })
  const text = deniedText(userArn('barred'), 'kms:RetireGrant', made.arn, explicitDenyIn('an identity-based'))
  for (const form of made.forms)
    await as('barred').isRefused('RetireGrant', form, 'AccessDeniedException', text)
  assert.equal(await isThere(made), true)
})

test('a constraint on the encryption context does not apply to RetireGrant', async () => {
  const Constraints = { EncryptionContextEquals: { a: '1' } }
  const made = await granted({ Operations: ['RetireGrant', 'Encrypt'], Constraints })
  await as('grantee').answersNothing('RetireGrant', made.forms[0])
})

test('a grant by a different account is retired by the account that made it', async () => {
  const Policy = policyOf(allow('kms:*', '*', rootOf(ours)), allow('kms:CreateGrant', '*', theirs))
  const { id, arn } = await makeKey(admin, { Policy })
  const input = { KeyId: arn, GranteePrincipal: userArn('ben', theirs), Operations: ['Encrypt'] }
  for (const name of ['bob', 'theirroot']) {
    const { GrantToken } = await as('bob').answer('CreateGrant', input)
    await as('ben').isRefused('RetireGrant', { GrantToken }, 'AccessDeniedException')
    await as(name).answersNothing('RetireGrant', { GrantToken })
  }
  assert.deepEqual((await admin.sdk.listGrants({ KeyId: id })).Grants, [])
})

test('RetireGrant takes either a valid token, or a key and a valid grant id', async () => {
  const made = await granted()
  const [token, named] = made.forms
  const isRefused = (input: object, code: string) => admin.isRefused('RetireGrant', input, code)
  for (const input of [{}, { KeyId: made.arn }, { GrantId: made.GrantId }, { ...token, ...named }]) {
    await isRefused(input, 'ValidationException')
  }
  await isRefused({ GrantToken: 'AQpA' }, 'InvalidGrantTokenException')
  await isRefused({ GrantToken: made.GrantToken.slice(0, -2) }, 'InvalidGrantTokenException')
  await as('admin', there).isRefused('RetireGrant', { ...token }, 'InvalidGrantTokenException')
  await isRefused({ KeyId: made.arn, GrantId: 'no-id' }, 'InvalidGrantIdException')
  const unknown = { KeyId: made.arn, GrantId: 'ab'.repeat(32) }
  const { json } = await admin.call('RetireGrant', unknown)
  assert.match(String(json['__type']), /^(NotFound|InvalidGrantId)Exception$/)
  const absent = made.arn.replace(made.id, '99999999-9999-4999-8999-999999999999')
  await isRefused({ KeyId: absent, GrantId: made.GrantId }, 'NotFoundException')
  const remote = `Invalid arn ${there}`
  const input = { KeyId: made.arn.replace(here, there), GrantId: made.GrantId }
  await admin.isRefused('RetireGrant', input, 'NotFoundException', remote)
  assert.equal(await isThere(made), true)
})

test('the token of a retired grant allows nothing and retires nothing', async () => {
  const made = await granted({ RetiringPrincipal: userArn('retirer') })
  const { GrantToken } = made
  await as('retirer').answersNothing('RetireGrant', { GrantToken })
  assert.equal((await as('retirer').call('RetireGrant', { GrantToken })).status, 400)
  const { status } = await as('grantee').call('Encrypt', { ...encrypt(made.id), GrantTokens: [GrantToken] })
  assert.equal(status, 400)
})

test('RetireGrant does not reveal to callers without permission whether a grant exists in a different account', async () => {
  const made = await granted()
  const ask = async (name: string, input: object) => (await as(name).call('RetireGrant', input)).text
  for (const name of ['ben', 'bob', 'theirroot']) {
    const there = await ask(name, made.forms[1] ?? {})
    assert.equal(await ask(name, { KeyId: made.arn, GrantId: 'ab'.repeat(32) }), there)
    const absent = made.arn.replace(made.id, '99999999-9999-4999-8999-999999999999')
    const answer = await ask(name, { KeyId: absent, GrantId: made.GrantId })
    assert.equal(answer.replaceAll(absent, made.arn), there)
  }
})

test('grants can be retired, revoked and listed in every state of their key', async () => {
  for (const state of ['Disabled', 'PendingDeletion']) {
    const a = await granted()
    const more = { KeyId: a.id, GranteePrincipal: userArn('named'), Operations: ['Encrypt'] }
    const second = await admin.answer('CreateGrant', more)
    if (state === 'Disabled') await admin.sdk.disableKey({ KeyId: a.id })
    else await admin.sdk.scheduleKeyDeletion({ KeyId: a.id })
    await admin.answersNothing('RetireGrant', a.forms[0])
    await admin.answersNothing('RevokeGrant', { KeyId: a.id, GrantId: second['GrantId'] })
    assert.deepEqual((await admin.sdk.listGrants({ KeyId: a.id })).Grants, [])
  }
})

test('RevokeGrant needs a permission on the key, also across accounts', async () => {
  const Policy = policyOf(
    allow('kms:*', '*', rootOf(ours)),
    allow('kms:RevokeGrant', '*', userArn('bob', theirs)),
  )
  const made = await granted({ RetiringPrincipal: userArn('retirer') }, { Policy })
  const input = { KeyId: made.arn, GrantId: made.GrantId }
  for (const name of ['grantee', 'retirer', 'ben', 'theirroot']) {
    await as(name).isRefused('RevokeGrant', input, 'AccessDeniedException')
  }
  await admin.isRefused('RevokeGrant', { ...input, GrantId: 'no-id' }, 'InvalidGrantIdException')
  const other = await makeKey(admin)
  assert.equal((await admin.call('RevokeGrant', { ...input, KeyId: other.id })).status, 400)
  assert.equal(await isThere(made), true)
  await as('bob').answersNothing('RevokeGrant', input)
  assert.equal(await isThere(made), false)
})

test('the record of a retirement names the grant and has no parameters', async () => {
  const made = await granted({ RetiringPrincipal: userArn('retirer') })
  await as('retirer').answersNothing('RetireGrant', { GrantToken: made.GrantToken })
  const records = readAuditRecords(keyward.dataDirectory)
  const record = records.findLast(({ eventName }) => eventName === 'RetireGrant') ?? {}
  assert.equal(record['requestParameters'], null)
  assert.deepEqual(record['additionalEventData'], { grantId: made.GrantId })
  assert.equal(record['readOnly'], false)
  const [resource] = record['resources'] as { ARN: string }[]
  assert.equal(resource?.ARN, made.arn)
  const creation = records.findLast(({ eventName }) => eventName === 'CreateGrant') ?? {}
  assert.deepEqual(creation['responseElements'], { grantId: made.GrantId, keyId: made.arn })
  assert.equal(JSON.stringify(records).includes(made.GrantToken), false)
})

test('the grants of a key are deleted with the key', async () => {
  const made = await granted({ RetiringPrincipal: userArn('retirer') })
  const list = async () =>
    (await admin.sdk.listRetirableGrants({ RetiringPrincipal: userArn('retirer') })).Grants
  const before = (await list())?.length ?? 0
  await admin.sdk.scheduleKeyDeletion({ KeyId: made.id, PendingWindowInDays: 7 })
  assert.equal((await list())?.length, before)
  await advance(keyward, 8 * daySeconds)
  assert.equal((await list())?.length, before - 1)
  const text = `Key '${made.arn}' does not exist`
  await admin.isRefused('ListGrants', { KeyId: made.id }, 'NotFoundException', text)
  await as('grantee').isRefused('Encrypt', encrypt(made.id), 'NotFoundException', text)
  assert.equal((await admin.call('RetireGrant', made.forms[0])).status, 400)
})
