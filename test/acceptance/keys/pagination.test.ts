import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { base64, makeKey, policyOf, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, seedUser, writeSeed } from '../../fixtures/seed.ts'

// The lists, page by page (AWS KMS API reference); those of grants are in grants-lists.test.ts.

const [account, otherAccount] = ['111111111111', '222222222222']
const otherRegion = 'eu-west-1'
const users = [seedUser('admin', allow('*')), seedUser('grantee')]
const grantee = `arn:aws:iam::${account}:user/grantee`
const draft = { GranteePrincipal: grantee, RetiringPrincipal: grantee, Operations: ['Encrypt'] }

let keyward: KeywardProcess
let admin: TestCaller
/** A key with aliases, grants, tags and rotations. */
let key: TestKey
let other: TestKey
before(async () => {
  const accounts = [
    { id: account, users, keys: [] },
    { id: otherAccount, users: [seedUser('bob', allow('*'))], keys: [] },
  ]
  const flags = ['--seed', writeSeed({ accounts }), '--regions', `us-east-1,${otherRegion}`]
  keyward = await startKeyward({ flags, environment: { KEYWARD_QUOTAS: 'aliases-per-key=200' } })
  admin = new TestCaller(keyward, { credentials: credentialsOf('admin') })
  const Tags = Array.from({ length: 50 }, (_, index) => ({ TagKey: `tag ${index}`, TagValue: 'x' }))
  key = await makeKey(admin, { Tags })
  other = await makeKey(admin, { Tags })
  for (const [{ id: KeyId }, count] of [
    [key, 120],
    [other, 3],
  ] as const) {
    const names = Array.from({ length: count }, (_, index) => `alias/${KeyId}-${index}`)
    await Promise.all(names.map(AliasName => admin.sdk.createAlias({ AliasName, TargetKeyId: KeyId })))
    for (let round = 0; round < 5; round++) {
      await admin.answer('RotateKeyOnDemand', { KeyId })
      await admin.answer('CreateGrant', { KeyId, ...draft })
    }
  }
})
after(() => keyward.stop())

interface List {
  readonly operation: string
  /** The member of its answers. */
  readonly items: string
  readonly input: (key: TestKey) => object
  readonly max: number
  readonly byDefault: number
  readonly idOf: (item: Record<string, unknown>) => unknown
  /** Whether each key has its own. */
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

  test(`${name}: pages of any size give everything once, in one order`, async () => {
    const whole = await allOf(list, key, list.max)
    assert.equal(new Set(whole).size, whole.length)
    for (const Limit of [1, 2, 7, 50]) assert.deepEqual(await allOf(list, key, Limit), whole)
  })

  test(`${name}: Limit is from 1 to ${list.max}, ${list.byDefault} where it is absent`, async () => {
    for (const Limit of [0, -1, list.max + 1, 1001]) {
      const input = { ...list.input(key), Limit }
      await admin.isRefused(list.operation, input, 'ValidationException')
    }
    const { ids } = await pageOf(list, key, {})
    assert.deepEqual(ids, (await allOf(list, key, list.max)).slice(0, list.byDefault))
    await admin.isRefused(list.operation, { ...list.input(key), Limit: 'x' }, 'SerializationException')
  })

  test(`${name}: a marker is one of this list only`, async () => {
    const { NextMarker = '' } = await pageOf(list, key, { Limit: 1 })
    assert.match(NextMarker, /^[\u0020-\u00ff]{1,1024}$/)
    // It can be used again, with another limit.
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
      // Recorded from AWS without any text.
      await admin.isRefused(list.operation, input, 'InvalidMarkerException', null)
    }
    const empty = { ...list.input(key), Marker: '' }
    await admin.isRefused(list.operation, empty, 'ValidationException', /at 'marker' failed to satisfy/)
    const long = { ...list.input(key), Marker: 'x'.repeat(1025) }
    await admin.isRefused(list.operation, long, 'ValidationException', /at 'marker' failed to satisfy/)
    for (const another of lists) {
      if (another === list) continue
      const input = { ...another.input(key), Marker: NextMarker }
      await admin.isRefused(another.operation, input, 'InvalidMarkerException')
    }
    if (!list.isOfKey) return
    const input = { ...list.input(other), Marker: NextMarker }
    await admin.isRefused(list.operation, input, 'InvalidMarkerException')
  })
}

test('a marker is of one account and Region', async () => {
  const marked = [
    ['ListKeys', {}],
    ['ListAliases', {}],
    ['ListRetirableGrants', { RetiringPrincipal: grantee }],
  ] as const
  const elsewhere = new TestCaller(keyward, { credentials: credentialsOf('admin'), region: otherRegion })
  const bob = new TestCaller(keyward, { credentials: credentialsOf('bob') })
  for (const [operation, input] of marked) {
    const { NextMarker: Marker } = await admin.answer(operation, { ...input, Limit: 1 })
    await admin.answer(operation, { ...input, Marker })
    await elsewhere.isRefused(operation, { ...input, Marker }, 'InvalidMarkerException', null)
    if (operation !== 'ListRetirableGrants')
      await bob.isRefused(operation, { Marker }, 'InvalidMarkerException', null)
  }
  // Also of a key that both accounts may look into, and of one that is in both Regions.
  const open = (principal: string) => allow('kms:*', '*', `arn:aws:iam::${principal}:root`)
  const Policy = policyOf(open(account), open(otherAccount))
  const { id, arn: KeyId } = await makeKey(admin, { Policy, MultiRegion: true })
  for (let round = 0; round < 2; round++) await admin.answer('CreateGrant', { KeyId, ...draft })
  const { NextMarker: Marker } = await admin.answer('ListGrants', { KeyId, Limit: 1 })
  await bob.answer('ListGrants', { KeyId })
  await bob.isRefused('ListGrants', { KeyId, Marker }, 'InvalidMarkerException', null)
  await admin.answer('ReplicateKey', { KeyId, ReplicaRegion: otherRegion })
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

test('aliases and keys that come and go while a client pages do not lose or double the others', async () => {
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
    // The very last one of the page goes, and others come on both sides of it.
    await admin.sdk.deleteAlias({ AliasName: String(page.ids.at(-1)) })
    await Promise.all([make(`00-${round}`), make(`39-${round}`), make(`new-${round}`)])
  }
  assert.ok(round >= 6)
  assert.equal(new Set(seen).size, seen.length)
  for (const name of names) assert.ok(seen.includes(AliasName(name)), name)
})

test('keys that are made while a client pages are seen once at most, the others once', async () => {
  const list = lists[0] ?? assert.fail()
  const before = await allOf(list, key, 1000)
  const [seen] = await Promise.all([
    allOf(list, key, 1),
    Promise.all(Array.from({ length: 10 }, () => makeKey(admin))),
  ])
  assert.equal(new Set(seen).size, seen.length)
  for (const id of before) assert.ok(seen.includes(id))
})
