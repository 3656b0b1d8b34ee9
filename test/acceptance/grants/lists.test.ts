import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paginateListGrants, paginateListRetirableGrants } from '@aws-sdk/client-kms'
import { base64, makeKey, policyOf } from '../../fixtures/caller.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import {
  ours,
  rootOf,
  serverOfTwoAccounts,
  theirs,
  there,
  userArn,
} from '../../fixtures/worlds/two-accounts.ts'

// ListGrants and ListRetirableGrants (AWS KMS developer guide, "Grants in AWS KMS", and AWS KMS API reference).

const { as } = await serverOfTwoAccounts({
  ours: [
    seedUser('admin', allow('*')),
    seedUser('one'),
    seedUser('two'),
    seedUser('retirer', allow('kms:ListRetirableGrants')),
    seedUser('pager', allow('kms:ListRetirableGrants')),
  ],
  theirs: [seedUser('bob', allow('*')), seedUser('ben')],
})
const admin = as('admin')

async function grant(KeyId: string, more: object = {}, caller = admin): Promise<string> {
  const input = { KeyId, GranteePrincipal: userArn('one'), Operations: ['Encrypt'], ...more }
  return String((await caller.answer('CreateGrant', input))['GrantId'])
}

async function idsOf(input: object, operation = 'ListGrants', caller = admin): Promise<string[]> {
  const { Grants } = await caller.answer(operation, input)
  return (Grants as { GrantId: string }[]).map(({ GrantId }) => GrantId).sort()
}

test('an entry has all members of a grant', async () => {
  const { id: KeyId, arn } = await makeKey(admin)
  const EncryptionContextSubset = { a: '1' }
  const whole = {
    Name: 'a/b:c_d-e',
    RetiringPrincipal: userArn('two'),
    Operations: ['Decrypt', 'CreateGrant'],
    Constraints: { EncryptionContextSubset },
  }
  const GrantId = await grant(KeyId, whole)
  const bareId = await grant(KeyId)
  const { Grants, ...rest } = await admin.answer('ListGrants', { KeyId })
  assert.deepEqual(rest, { Truncated: false })
  const entries = Grants as Record<string, unknown>[]
  const { CreationDate, ...entry } = entries.find(item => item['GrantId'] === GrantId) ?? {}
  assert.ok(Math.abs(Number(CreationDate) - Date.now() / 1000) < 60)
  const common = { KeyId: arn, GranteePrincipal: userArn('one'), IssuingAccount: rootOf(ours) }
  assert.deepEqual(entry, { ...common, GrantId, ...whole })
  const { CreationDate: _, Name, ...bare } = entries.find(item => item['GrantId'] === bareId) ?? {}
  // AWS's examples show both.
  assert.ok(Name === undefined || Name === '')
  assert.deepEqual(bare, { ...common, GrantId: bareId, Operations: ['Encrypt'] })
})

test('ListGrants filters by grant, by grantee, and by both', async () => {
  const { id: KeyId, arn } = await makeKey(admin)
  const one = [await grant(KeyId), await grant(KeyId)]
  const two = await grant(KeyId, { GranteePrincipal: userArn('two') })
  assert.deepEqual(await idsOf({ KeyId: arn }), [...one, two].sort())
  assert.deepEqual(await idsOf({ KeyId, GranteePrincipal: userArn('one') }), [...one].sort())
  assert.deepEqual(await idsOf({ KeyId, GrantId: two }), [two])
  assert.deepEqual(await idsOf({ KeyId, GrantId: two, GranteePrincipal: userArn('two') }), [two])
  assert.deepEqual(await idsOf({ KeyId, GrantId: two, GranteePrincipal: userArn('one') }), [])
  assert.deepEqual(await idsOf({ KeyId, GranteePrincipal: userArn('retirer') }), [])
  const other = await makeKey(admin)
  assert.deepEqual(await idsOf({ KeyId: other.id }), [])
  await admin.isRefused('ListGrants', { KeyId, GrantId: 'no-id' }, 'InvalidGrantIdException')
  const both = { KeyId, GranteePrincipal: userArn('one'), GranteeServicePrincipal: 'rds.amazonaws.com' }
  await admin.isRefused('ListGrants', both, 'ValidationException')
})

test('ListGrants needs a permission on the key, also across accounts', async () => {
  const Policy = policyOf(allow('kms:*', '*', rootOf(ours)), allow('kms:ListGrants', '*', theirs))
  const { id, arn: KeyId } = await makeKey(admin, { Policy })
  const GrantId = await grant(id)
  assert.deepEqual(await idsOf({ KeyId }, 'ListGrants', as('bob')), [GrantId])
  for (const name of ['one', 'ben'])
    await as(name).isRefused('ListGrants', { KeyId }, 'AccessDeniedException')
})

const limits: [operation: string, input: (KeyId: string) => object][] = [
  ['ListGrants', KeyId => ({ KeyId })],
  ['ListRetirableGrants', () => ({ RetiringPrincipal: userArn('pager') })],
]
for (const [operation, input] of limits) {
  test(`${operation} returns 50 entries by default and 1 to 100 on request, and continues where it ended`, async () => {
    const { id: KeyId } = await makeKey(admin)
    const made = new Set<string>()
    const more = { RetiringPrincipal: userArn(operation === 'ListGrants' ? 'two' : 'pager') }
    for (let count = 0; count < 103; count++) made.add(await grant(KeyId, more))
    const list = async (change: object = {}) => {
      const answer = await admin.answer(operation, { ...input(KeyId), ...change })
      const { NextMarker, Truncated } = answer
      assert.equal(Truncated, NextMarker !== undefined)
      return { ids: (answer['Grants'] as { GrantId: string }[]).map(({ GrantId }) => GrantId), NextMarker }
    }
    assert.equal((await list()).ids.length, 50)
    assert.equal((await list({ Limit: 100 })).ids.length, 100)
    assert.equal((await list({ Limit: 1 })).ids.length, 1)
    for (const Limit of [0, 101, 1000, 1001, -1]) {
      await admin.isRefused(operation, { ...input(KeyId), Limit }, 'ValidationException')
    }
    const seen = [(await list({ Limit: 40 })).ids]
    let { NextMarker: Marker } = await list({ Limit: 40 })
    // Grants that are made and revoked meanwhile do not move the others.
    const gone = seen[0]?.[39] ?? ''
    await admin.sdk.revokeGrant({ KeyId, GrantId: gone })
    const added = await grant(KeyId, more)
    while (Marker !== undefined) {
      const page = await list({ Limit: 40, Marker })
      seen.push(page.ids)
      Marker = page.NextMarker
    }
    const all = seen.flat()
    assert.equal(new Set(all).size, all.length)
    for (const id of made) assert.ok(all.includes(id))
    assert.ok(all.length - made.size <= (all.includes(added) ? 1 : 0))
  })
}

test('the SDK pages through both lists', async () => {
  const { id: KeyId } = await makeKey(admin)
  const made: string[] = []
  const retiring = { RetiringPrincipal: userArn('retirer') }
  for (let count = 0; count < 5; count++) made.push(await grant(KeyId, retiring))
  const seen: [string[], string[]] = [[], []]
  const config = { client: admin.sdk, pageSize: 2 }
  for await (const page of paginateListGrants(config, { KeyId })) {
    seen[0].push(...(page.Grants ?? []).map(({ GrantId = '' }) => GrantId))
  }
  for await (const page of paginateListRetirableGrants(config, retiring)) {
    seen[1].push(...(page.Grants ?? []).map(({ GrantId = '' }) => GrantId))
  }
  for (const ids of seen) assert.deepEqual(ids.sort(), made.toSorted())
})

test('ListRetirableGrants shows the grants of one principal on all keys, also of other accounts', async () => {
  const RetiringPrincipal = userArn('ben', theirs)
  const retired = { RetiringPrincipal }
  const root = allow('kms:*', '*', rootOf(ours))
  const keys = [
    await makeKey(admin),
    await makeKey(admin, { Policy: policyOf(root) }),
    await makeKey(as('bob')),
  ]
  const made = [await grant(keys[0]?.id ?? '', retired), await grant(keys[1]?.id ?? '', retired)]
  made.push(await grant(keys[2]?.id ?? '', retired, as('bob')))
  await grant(keys[0]?.id ?? '', { GranteePrincipal: RetiringPrincipal })
  assert.deepEqual(await idsOf(retired, 'ListRetirableGrants', as('bob')), made.toSorted())
  const remote = await makeKey(as('admin', there))
  await grant(remote.id, retired, as('admin', there))
  assert.deepEqual(await idsOf(retired, 'ListRetirableGrants', as('bob')), made.toSorted())
  assert.equal((await idsOf(retired, 'ListRetirableGrants', as('bob', there))).length, 1)
})

test('ListRetirableGrants needs an identity policy, and a principal of the caller’s own account', async () => {
  const own = { RetiringPrincipal: userArn('one') }
  await as('one').isRefused('ListRetirableGrants', own, 'AccessDeniedException')
  assert.deepEqual(await idsOf(own, 'ListRetirableGrants', as('retirer')), [])
  assert.equal((await as('bob').call('ListRetirableGrants', own)).status, 400)
  for (const input of [{}, { ...own, RetiringServicePrincipal: 'rds.amazonaws.com' }]) {
    await admin.isRefused('ListRetirableGrants', input, 'ValidationException')
  }
  await admin.isRefused('ListRetirableGrants', { RetiringPrincipal: 'nobody' }, 'InvalidArnException')
})

// API reference, "ListGrants": only services can use the filter.
test('only services can list the grants to a service', async () => {
  const { id: KeyId, arn } = await makeKey(admin)
  const text = `User: ${userArn('admin')} is not authorized to perform: kms:ListGrants on resource: ${arn}`
  const input = { KeyId, GranteeServicePrincipal: 'rds.amazonaws.com' }
  await admin.isRefused('ListGrants', input, 'AccessDeniedException', text)
})

// Recorded from AWS.
test('the creation date of a grant is a whole second', async () => {
  const { id: KeyId } = await makeKey(admin)
  await grant(KeyId)
  const before = Date.now()
  const { Grants } = await admin.answer('ListGrants', { KeyId })
  const [{ CreationDate } = { CreationDate: 0 }] = Grants as { CreationDate: number }[]
  assert.ok(Number.isInteger(CreationDate) && CreationDate * 1000 <= before, `${CreationDate}`)
})

test('a marker is valid for its own list and key only', async () => {
  const [a, b] = [await makeKey(admin), await makeKey(admin)]
  for (const { id } of [a, b]) for (let count = 0; count < 3; count++) await grant(id)
  const { NextMarker } = await admin.answer('ListGrants', { KeyId: a.id, Limit: 1 })
  const isRefused = (operation: string, input: object) =>
    admin.isRefused(operation, { ...input, Marker: NextMarker }, 'InvalidMarkerException')
  await isRefused('ListGrants', { KeyId: b.id })
  await isRefused('ListRetirableGrants', { RetiringPrincipal: userArn('one') })
  await isRefused('ListKeys', {})
  for (const Marker of ['x', base64('{}'), `${NextMarker}x`]) {
    await admin.isRefused('ListGrants', { KeyId: a.id, Marker }, 'InvalidMarkerException')
  }
})
