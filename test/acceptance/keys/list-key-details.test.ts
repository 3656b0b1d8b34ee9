import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callersOf, makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { administratorOf, callKeyward, type TestCredentials } from '../../fixtures/clients.ts'
import { readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { fillWithKeys } from '../../fixtures/worlds/many-keys.ts'

// ListKeyDetails shows of each key what DescribeKey, ListResourceTags and ListAliases would show to the same caller, and no more.

const account = '000000000000'
const root = `arn:aws:iam::${account}:root`
const ann = `arn:aws:iam::${account}:user/ann`
const users = [
  seedUser('all', allow(['kms:*'])),
  seedUser('ann', allow('kms:ListKeys')),
  seedUser('tim', allow(['kms:List*', 'kms:DescribeKey']), {
    ...deny(['kms:ListResourceTags', 'kms:DescribeKey']),
    Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
  }),
  seedUser('far', { ...allow('kms:*'), Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }),
  seedUser('none', deny('kms:ListKeys')),
]
const keyward = await testServer({ seed: { accounts: [{ id: account, users, keys: [] }] } })
const as = callersOf(keyward)
const admin = new TestCaller(keyward)

interface Listed {
  readonly KeyId: string
  readonly KeyMetadata?: Record<string, unknown>
  readonly Aliases?: { readonly AliasName: string }[]
  readonly Tags?: { readonly TagKey: string; readonly TagValue: string }[]
  readonly LastUsage?: { readonly Operation?: string }
  readonly Denied: readonly string[]
}
interface Answer {
  readonly Keys: readonly Listed[]
  readonly Truncated: boolean
  readonly NextMarker?: string
  readonly Examined: number
  readonly Hidden?: number
  readonly Count?: number
}

const call = (
  server: { readonly url: string; readonly dataDirectory: string },
  credentials: TestCredentials,
  input: object,
) => callKeyward(server, 'ListKeyDetails', input, { credentials })

async function list(name: string, input: object = {}): Promise<Answer> {
  const { status, json, text } = await call(keyward, credentialsOf(name), { Include: ['Tags'], ...input })
  assert.equal(status, 200, text)
  return json as unknown as Answer
}

async function listAll(name: string, input: object = {}): Promise<Listed[]> {
  const all: Listed[] = []
  let Marker: string | undefined
  do {
    const { Keys, NextMarker } = await list(name, { ...input, Limit: 2, ...(Marker && { Marker }) })
    all.push(...Keys)
    Marker = NextMarker
  } while (Marker !== undefined)
  return all
}

const delegation = allow('kms:*', '*', root)
const open = policyOf(delegation)
const forAnn = policyOf(delegation, allow(['kms:DescribeKey'], '*', ann))
const made = {
  plain: await makeKey(admin, { Policy: open, Description: 'the plain one' }),
  blue: await makeKey(admin, { Policy: open, Tags: [{ TagKey: 'team', TagValue: 'blue' }] }),
  green: await makeKey(admin, { Policy: open, Tags: [{ TagKey: 'team', TagValue: 'Green' }] }),
  signs: await makeKey(admin, { Policy: open, KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
  ofAnn: await makeKey(admin, { Policy: forAnn }),
  imported: await makeKey(admin, { Policy: open, Origin: 'EXTERNAL' }),
  grown: await makeKey(admin, { Policy: open, MultiRegion: true }),
}
await admin.sdk.createAlias({ AliasName: 'alias/orders', TargetKeyId: made.blue.id })
await admin.sdk.createAlias({ AliasName: 'alias/archive', TargetKeyId: made.green.id })
await admin.sdk.createGrant({ KeyId: made.plain.id, GranteePrincipal: ann, Operations: ['DescribeKey'] })
await admin.sdk.disableKey({ KeyId: made.green.id })
const ids = Object.values(made).map(({ id }) => id)
const nameOf = (id: string) =>
  Object.entries(made).find(([, key]) => key.id === id)?.[0] ?? assert.fail(`${id} was not made here`)
const namesOf = (keys: readonly Listed[]) => keys.map(({ KeyId }) => nameOf(KeyId))

test('each key is as DescribeKey, ListResourceTags and ListAliases show it to the same caller', async () => {
  for (const name of ['all', 'ann', 'tim']) {
    const listed = await listAll(name)
    assert.deepEqual(listed.map(({ KeyId }) => KeyId).sort(), [...ids].sort())
    const aliases = await as(name).call('ListAliases', {})
    const known = aliases.json['Aliases'] as { AliasName: string; TargetKeyId?: string }[] | undefined
    for (const key of listed) {
      const { KeyId, KeyMetadata, Tags, Aliases, Denied } = key
      const described = await as(name).call('DescribeKey', { KeyId })
      const tagged = await as(name).call('ListResourceTags', { KeyId })
      const what = `${name} ${nameOf(KeyId)}`
      assert.deepEqual(KeyMetadata, described.json['KeyMetadata'], what)
      assert.deepEqual(Tags, tagged.json['Tags'], what)
      assert.deepEqual(
        Aliases?.map(({ AliasName }) => AliasName),
        known?.filter(({ TargetKeyId }) => TargetKeyId === KeyId).map(({ AliasName }) => AliasName),
        what,
      )
      assert.deepEqual(Denied, [
        ...(described.status === 200 ? [] : ['kms:DescribeKey']),
        ...(tagged.status === 200 ? [] : ['kms:ListResourceTags']),
        ...(aliases.status === 200 ? [] : ['kms:ListAliases']),
      ])
    }
  }
})

test('the permission is kms:ListKeys, with the facts of the call itself', async () => {
  for (const name of ['none', 'far']) {
    const { status, json } = await call(keyward, credentialsOf(name), {})
    assert.equal(status, 400)
    assert.equal(json['__type'], 'AccessDeniedException')
    assert.match(`${json['Message']}`, /perform: kms:ListKeys on resource: \*/)
  }
  const { json } = await call(keyward, credentialsOf('ann'), { SortBy: 'Alias' })
  assert.match(`${json['Message']}`, /perform: kms:ListAliases on resource: \*/)
})

test('filters find keys by all that is visible, without regard to case', async () => {
  const found = async (...Filters: [Name: string, Operator: string, ...Values: string[]][]) => {
    const filters = Filters.map(([Name, Operator, ...Values]) => ({ Name, Operator, Values }))
    return namesOf(await listAll('all', { Filters: filters, SortBy: 'CreationDate' }))
  }
  assert.deepEqual(await found(['Alias', 'is', 'alias/ORDERS']), ['blue'])
  assert.deepEqual(await found(['Alias', 'startsWith', 'a']), ['green'])
  assert.deepEqual(await found(['KeyId', 'startsWith', made.signs.id.slice(0, 20)]), ['signs'])
  assert.deepEqual(await found(['Description', 'contains', 'PLAIN']), ['plain'])
  assert.deepEqual(await found(['KeyState', 'is', 'Disabled', 'PendingImport']), ['green', 'imported'])
  assert.deepEqual(await found(['KeySpec', 'isNot', 'SYMMETRIC_DEFAULT']), ['signs'])
  assert.deepEqual(await found(['KeyUsage', 'is', 'SIGN_VERIFY']), ['signs'])
  assert.deepEqual(await found(['Origin', 'is', 'EXTERNAL']), ['imported'])
  assert.deepEqual(await found(['Regionality', 'is', 'MULTI_REGION']), ['grown'])
  assert.deepEqual(await found(['TagKey', 'is', 'team']), ['blue', 'green'])
  assert.deepEqual(await found(['Tag:team', 'is', 'green']), ['green'])
  assert.deepEqual(await found(['Tag:team', 'isNot', 'green'], ['TagKey', 'is', 'team']), ['blue'])
  assert.deepEqual(await found(['Text', 'contains', 'blue']), ['blue'])
  assert.deepEqual(await found(['CreatedBefore', 'is', '2020-01-01']), [])
  assert.equal((await found(['CreatedAfter', 'is', '2020-01-01T00:00:00Z'])).length, ids.length)
  const either = [
    { Name: 'KeyUsage', Operator: 'is', Values: ['SIGN_VERIFY'] },
    { Name: 'Origin', Operator: 'is', Values: ['EXTERNAL'] },
  ]
  assert.deepEqual(namesOf(await listAll('all', { Filters: either, Join: 'or', SortBy: 'CreationDate' })), [
    'signs',
    'imported',
  ])
})

test('a fact that a caller may not see meets no filter and has no place in an order by it', async () => {
  const filter = (Name: string, Operator: string, ...Values: string[]) => ({
    Filters: [{ Name, Operator, Values }],
  })
  for (const [operator, value] of [
    ['is', 'SYMMETRIC_DEFAULT'],
    ['isNot', 'SYMMETRIC_DEFAULT'],
    ['contains', 'C'],
    ['notContains', 'C'],
  ] as const) {
    const names = namesOf(await listAll('ann', filter('KeySpec', operator, value)))
    // Ann may describe two keys, both symmetric.
    const expected = operator === 'is' || operator === 'contains' ? ['ofAnn', 'plain'] : []
    assert.deepEqual(names.sort(), expected, operator)
  }
  assert.deepEqual(await listAll('ann', filter('TagKey', 'notContains', 'team')), [])
  assert.deepEqual(await listAll('ann', filter('Alias', 'isNot', 'orders')), [])
  assert.deepEqual(await listAll('ann', filter('Text', 'contains', 'blue')), [])
  assert.deepEqual(namesOf(await listAll('ann', { SortBy: 'CreationDate' })), ['plain', 'ofAnn'])
  assert.deepEqual(namesOf(await listAll('ann', { SortBy: 'KeySpec' })).sort(), ['ofAnn', 'plain'])
  const page = await list('ann', { SortBy: 'CreationDate' })
  assert.deepEqual([page.Hidden, page.Count], [ids.length - 2, ids.length])
  const filtered = await list('ann', filter('KeySpec', 'is', 'ECC_NIST_P256'))
  assert.deepEqual([filtered.Hidden, filtered.Count, filtered.Examined], [undefined, undefined, ids.length])
})

test('keys come in the order that is asked for', async () => {
  const order = async (SortBy: string, SortOrder: string) =>
    namesOf(await listAll('all', { SortBy, SortOrder }))
  const created = Object.keys(made)
  assert.deepEqual(await order('CreationDate', 'Ascending'), created)
  assert.deepEqual(await order('CreationDate', 'Descending'), [...created].reverse())
  assert.deepEqual(await order('KeyId', 'Ascending'), [...ids].sort().map(nameOf))
  assert.deepEqual((await order('Alias', 'Ascending')).slice(0, 2), ['green', 'blue'])
  assert.deepEqual((await order('Alias', 'Descending')).slice(0, 2), ['blue', 'green'])
  assert.equal((await order('KeySpec', 'Ascending'))[0], 'signs')
})

test('the last use is shown to those who may see it, and the others read which permission they lack', async () => {
  await admin.encrypt(made.blue.id)
  const listed = async (name: string, Include: string[]) =>
    (await listAll(name, { Include })).find(({ KeyId }) => KeyId === made.blue.id)
  const lacks = async (name: string, Include: string[]) =>
    (await listed(name, Include))?.Denied.includes('kms:GetKeyLastUsage')
  assert.equal((await listed('all', ['LastUsage']))?.LastUsage?.Operation, 'Encrypt')
  assert.equal(await lacks('all', ['LastUsage']), false)
  assert.equal((await listed('tim', ['LastUsage']))?.LastUsage, undefined)
  assert.equal(await lacks('tim', ['LastUsage']), true)
  assert.equal(await lacks('tim', ['Tags']), false)
})

test('the number of all keys is on the first page alone', async () => {
  const first = await list('all', { Limit: 2 })
  assert.equal(first.Count, ids.length)
  assert.equal((await list('all', { Limit: 2, Marker: first.NextMarker })).Count, undefined)
})

test('a marker is for its own list alone', async () => {
  const { NextMarker: Marker } = await list('all', { Limit: 2 })
  for (const change of [{ SortBy: 'KeySpec' }, { SortOrder: 'Descending' }, { KeyManager: 'AWS' }]) {
    const { json } = await call(keyward, credentialsOf('all'), { Marker, ...change })
    assert.equal(json['__type'], 'InvalidMarkerException')
  }
  const { json } = await call(keyward, credentialsOf('all'), { Marker: 'bm9uZQ==' })
  assert.equal(json['__type'], 'InvalidMarkerException')
})

test('filters that cannot be read are refused', async () => {
  for (const [Name, Operator, ...Values] of [
    ['Colour', 'is', 'red'],
    ['Text', 'notContains', 'x'],
    ['CreatedAfter', 'contains', '2026-01-01'],
    ['CreatedAfter', 'is', 'yesterday'],
    ['constructor', 'is', 'x'],
  ] as const) {
    const { json } = await call(keyward, credentialsOf('all'), { Filters: [{ Name, Operator, Values }] })
    assert.equal(json['__type'], 'ValidationException', Name)
  }
})

test('a page is one record, with the keys that it described', async () => {
  const { Keys } = await list('ann')
  const record = readAuditRecords(keyward.dataDirectory).findLast(
    ({ eventName }) => eventName === 'ListKeyDetails',
  ) as { additionalEventData: { describedKeys: string[]; examined: number } } | undefined
  const described = Keys.filter(({ KeyMetadata }) => KeyMetadata !== undefined)
  assert.deepEqual(
    record?.additionalEventData.describedKeys,
    described.map(({ KeyId }) => KeyId),
  )
  assert.equal(record?.additionalEventData.examined, ids.length)
})

test('the last of 20,000 keys is found by its alias, its tag and its id', async () => {
  const server = await startKeyward()
  const credentials = new TestCaller(server)
  const last = await makeKey(credentials, { Tags: [{ TagKey: 'place', TagValue: 'last' }] })
  await server.stop()
  await fillWithKeys(server, 20_000)
  const again = await startKeyward({ dataDirectory: server.dataDirectory })
  const caller = new TestCaller(again)
  const { KeyMetadata } = await caller.sdk.createKey({ Tags: [{ TagKey: 'place', TagValue: 'newest' }] })
  const newest = String(KeyMetadata?.KeyId)
  await caller.sdk.createAlias({ AliasName: 'alias/zzz-newest', TargetKeyId: newest })
  const find = async (filter: [Name: string, Operator: string, Value: string]) => {
    const [Name, Operator, value] = filter
    const found: string[] = []
    let [Marker, calls]: [string | undefined, number] = [undefined, 0]
    do {
      const input = {
        Filters: [{ Name, Operator, Values: [value] }],
        SortBy: 'CreationDate',
        ...(Marker && { Marker }),
      }
      const { json } = await call(again, administratorOf(again), input)
      const { Keys, NextMarker, Examined } = json as unknown as Answer
      assert.ok(Examined <= 2000, `${Examined}`)
      found.push(...Keys.map(({ KeyId }) => KeyId))
      Marker = NextMarker
      calls++
    } while (Marker !== undefined)
    assert.ok(calls <= 12, `${calls} calls`)
    return found
  }
  assert.deepEqual(await find(['Alias', 'contains', 'zzz-new']), [newest])
  assert.deepEqual(await find(['Tag:place', 'is', 'newest']), [newest])
  assert.deepEqual(await find(['KeyId', 'is', newest]), [newest])
  assert.deepEqual(await find(['Tag:place', 'is', 'last']), [last.id])
  await again.stop()
})
