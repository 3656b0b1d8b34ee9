import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, makeKey, policyOf, type TestKey } from '../../fixtures/caller.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import {
  ours,
  rootOf,
  serverOfTwoAccounts,
  theirs,
  there,
  userArn,
} from '../../fixtures/worlds/two-accounts.ts'

// The lists, page by page (AWS KMS API reference). grants/lists.test.ts has the lists of grants.

const grantee = userArn('grantee')
const draft = { GranteePrincipal: grantee, RetiringPrincipal: grantee, Operations: ['Encrypt'] }

const { as } = await serverOfTwoAccounts(
  { ours: [seedUser('admin', allow('*')), seedUser('grantee')], theirs: [seedUser('bob', allow('*'))] },
  { environment: { KEYWARD_QUOTAS: 'aliases-per-key=200' } },
)
const admin = as('admin')
const key = await makeFullKey(120)
const other = await makeFullKey(3)

/** A key with aliases, grants, tags and rotations. */
async function makeFullKey(aliasCount: number): Promise<TestKey> {
  const Tags = Array.from({ length: 50 }, (_, index) => ({ TagKey: `tag ${index}`, TagValue: 'x' }))
  const made = await makeKey(admin, { Tags })
  const KeyId = made.id
  const names = Array.from({ length: aliasCount }, (_, index) => `alias/${KeyId}-${index}`)
  await Promise.all(names.map(AliasName => admin.sdk.createAlias({ AliasName, TargetKeyId: KeyId })))
  for (let round = 0; round < 5; round++) {
    await admin.answer('RotateKeyOnDemand', { KeyId })
    await admin.answer('CreateGrant', { KeyId, ...draft })
  }
  return made
}

interface List {
  readonly operation: string
  /** The member of the answer that has the items. */
  readonly items: string
  readonly input: (key: TestKey) => object
  readonly max: number
  readonly byDefault: number
  readonly idOf: (item: Record<string, unknown>) => unknown
  /** Whether each key has a list of its own. */
  readonly isOfKey: boolean
}
const ofKey = ({ id: KeyId }: TestKey) => ({ KeyId })
const lists: List[] = [
  {
    operation: 'ListKeys',
    items: 'Keys',
    input: () => ({}),
    max: 1000,
    byDefault: 100,
    idOf: item => item['KeyId'],
    isOfKey: false,
  },
  {
    operation: 'ListAliases',
    items: 'Aliases',
    input: () => ({}),
    max: 100,
    byDefault: 50,
    idOf: item => item['AliasName'],
    isOfKey: false,
  },
  {
    operation: 'ListAliases',
    items: 'Aliases',
    input: ofKey,
    max: 100,
    byDefault: 50,
    idOf: item => item['AliasName'],
    isOfKey: true,
  },
  {
    operation: 'ListGrants',
    items: 'Grants',
    input: ofKey,
    max: 100,
    byDefault: 50,
    idOf: item => item['GrantId'],
    isOfKey: true,
  },
  {
    operation: 'ListResourceTags',
    items: 'Tags',
    input: ofKey,
    max: 50,
    byDefault: 50,
    idOf: item => item['TagKey'],
    isOfKey: true,
  },
  {
    operation: 'ListKeyRotations',
    items: 'Rotations',
    input: key => ({ ...ofKey(key), IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
    max: 1000,
    byDefault: 100,
    idOf: item => item['KeyMaterialId'],
    isOfKey: true,
  },
]

interface Page {
  readonly ids: unknown[]
  readonly NextMarker: string | undefined
}
async function pageOf({ operation, items, input, idOf }: List, of: TestKey, change: object): Promise<Page> {
  const answer = await admin.answer(operation, { ...input(of), ...change })
  const NextMarker = answer['NextMarker'] as string | undefined
  assert.equal(answer['Truncated'], NextMarker !== undefined)
  return { ids: (answer[items] as Record<string, unknown>[]).map(idOf), NextMarker }
}
async function allOf(list: List, of: TestKey, Limit: number): Promise<unknown[]> {
  const first = await pageOf(list, of, { Limit })
  const ids = [...first.ids]
  for (let Marker = first.NextMarker; Marker !== undefined; ) {
    const page = await pageOf(list, of, { Limit, Marker })
    assert.ok(page.ids.length > 0 && page.ids.length <= Limit)
    ids.push(...page.ids)
    Marker = page.NextMarker
  }
  return ids
}

for (const list of lists) {
  const name = `${list.operation}${list.isOfKey ? ' of a key' : ''}`

  test(`${name}: pages of any size return everything once, in the same order`, async () => {
    const whole = await allOf(list, key, list.max)
    assert.equal(new Set(whole).size, whole.length)
    for (const Limit of [1, 2, 7, 50]) assert.deepEqual(await allOf(list, key, Limit), whole)
  })

  test(`${name}: Limit is from 1 to ${list.max}, by default ${list.byDefault}`, async () => {
    for (const Limit of [0, -1, list.max + 1, 1001]) {
      const input = { ...list.input(key), Limit }
      await admin.isRefused(list.operation, input, 'ValidationException')
    }
    const { ids } = await pageOf(list, key, {})
    assert.deepEqual(ids, (await allOf(list, key, list.max)).slice(0, list.byDefault))
    await admin.isRefused(list.operation, { ...list.input(key), Limit: 'x' }, 'SerializationException')
  })

  test(`${name}: a marker is valid for its own list only`, async () => {
    const { NextMarker = '' } = await pageOf(list, key, { Limit: 1 })
    assert.match(NextMarker, /^[\u0020-\u00ff]{1,1024}$/)
    // A marker can be used again, with a different limit.
    const [a, b] = [
      await pageOf(list, key, { Limit: 1, Marker: NextMarker }),
      await pageOf(list, key, { Marker: NextMarker, Limit: 2 }),
    ]
    assert.deepEqual(b.ids.slice(0, 1), a.ids)
    const wrong = [
      'x',
      'AAAA',
      base64('{}'),
      NextMarker.slice(0, -3),
      `${NextMarker}AAAA`,
      NextMarker.toLowerCase(),
    ]
    for (const Marker of wrong) {
      const input = { ...list.input(key), Marker }
      // Recorded from AWS, which sends no message.
      await admin.isRefused(list.operation, input, 'InvalidMarkerException', null)
    }
    const empty = { ...list.input(key), Marker: '' }
    await admin.isRefused(list.operation, empty, 'ValidationException', /at 'marker' failed to satisfy/)
    const long = { ...list.input(key), Marker: 'x'.repeat(1025) }
    await admin.isRefused(list.operation, long, 'ValidationException', /at 'marker' failed to satisfy/)
    for (const foreign of lists) {
      if (foreign === list) continue
      const input = { ...foreign.input(key), Marker: NextMarker }
      await admin.isRefused(foreign.operation, input, 'InvalidMarkerException')
    }
    if (!list.isOfKey) return
    const input = { ...list.input(other), Marker: NextMarker }
    await admin.isRefused(list.operation, input, 'InvalidMarkerException')
  })
}

test('a marker is valid in one account and Region only', async () => {
  const marked = [
    ['ListKeys', {}],
    ['ListAliases', {}],
    ['ListRetirableGrants', { RetiringPrincipal: grantee }],
  ] as const
  const [elsewhere, bob] = [as('admin', there), as('bob')]
  for (const [operation, input] of marked) {
    const { NextMarker: Marker } = await admin.answer(operation, { ...input, Limit: 1 })
    await admin.answer(operation, { ...input, Marker })
    await elsewhere.isRefused(operation, { ...input, Marker }, 'InvalidMarkerException', null)
    if (operation !== 'ListRetirableGrants')
      await bob.isRefused(operation, { Marker }, 'InvalidMarkerException', null)
  }
  // The same is true for a key that both accounts may use, and for a key in both Regions.
  const Policy = policyOf(allow('kms:*', '*', rootOf(ours)), allow('kms:*', '*', rootOf(theirs)))
  const { id, arn: KeyId } = await makeKey(admin, { Policy, MultiRegion: true })
  for (let round = 0; round < 2; round++) await admin.answer('CreateGrant', { KeyId, ...draft })
  const { NextMarker: Marker } = await admin.answer('ListGrants', { KeyId, Limit: 1 })
  await bob.answer('ListGrants', { KeyId })
  await bob.isRefused('ListGrants', { KeyId, Marker }, 'InvalidMarkerException', null)
  await admin.answer('ReplicateKey', { KeyId, ReplicaRegion: there })
  await elsewhere.isRefused('ListGrants', { KeyId: id, Marker }, 'InvalidMarkerException', null)
})

test('ListKeyPolicies has one page with one policy', async () => {
  const policies = { PolicyNames: ['default'], Truncated: false }
  for (const Limit of [undefined, 1, 1000]) {
    assert.deepEqual(await admin.answer('ListKeyPolicies', { KeyId: key.id, Limit }), policies)
  }
  for (const Limit of [0, 1001]) {
    await admin.isRefused('ListKeyPolicies', { KeyId: key.id, Limit }, 'ValidationException')
  }
})

test('aliases that are made and deleted while a client pages neither hide nor repeat the others', async () => {
  const AliasName = (name: string) => `alias/page-${name}`
  const { id: TargetKeyId } = await makeKey(admin)
  const make = (name: string) => admin.sdk.createAlias({ AliasName: AliasName(name), TargetKeyId })
  const names = Array.from({ length: 40 }, (_, index) => String(index).padStart(2, '0'))
  await Promise.all(names.map(make))
  const list = lists[2] ?? assert.fail()
  const target = { id: TargetKeyId, arn: '' }
  const seen: unknown[] = []
  let round = 0
  for (let Marker: string | undefined; ; round++) {
    const page: Page = await pageOf(list, target, { Limit: 6, ...(Marker === undefined ? {} : { Marker }) })
    seen.push(...page.ids)
    Marker = page.NextMarker
    if (Marker === undefined) break
    // The last alias of the page is deleted, and new ones appear on both sides of it.
    await admin.sdk.deleteAlias({ AliasName: String(page.ids.at(-1)) })
    await Promise.all([make(`00-${round}`), make(`39-${round}`), make(`new-${round}`)])
  }
  assert.ok(round >= 6)
  assert.equal(new Set(seen).size, seen.length)
  for (const name of names) assert.ok(seen.includes(AliasName(name)), name)
})

test('keys that are made while a client pages appear at most once, all others exactly once', async () => {
  const list = lists[0] ?? assert.fail()
  const before = await allOf(list, key, 1000)
  const [seen] = await Promise.all([
    allOf(list, key, 1),
    Promise.all(Array.from({ length: 10 }, () => makeKey(admin))),
  ])
  assert.equal(new Set(seen).size, seen.length)
  for (const id of before) assert.ok(seen.includes(id))
})
