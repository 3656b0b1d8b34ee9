import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Grant, GrantParty, PageRequest } from '../../domain/index.ts'
import {
  all,
  grantOf,
  holdEveryDatabase,
  home,
  keyId,
  keyIdNo,
  recordOf,
  same,
  scopes,
} from './databases.test.ts'

// The promises of grants.ts.

const user = (name: string): GrantParty => ({
  type: 'principal',
  arn: `arn:aws:iam::000000000000:user/${name}`,
})
const service = (name: string): GrantParty => ({ type: 'service', service: name })
const arnOf = (party: GrantParty) => (party.type === 'principal' ? party.arn : '')

holdEveryDatabase('grants', on => {
  /** Inserts two keys in each scope, where they do not exist yet, and these grants. */
  const insert = (...grants: Grant[]) =>
    on.store.write(async writer => {
      for (const scope of scopes) {
        for (const id of [keyId, keyIdNo(2)]) {
          if ((await writer.keys.find(scope, id)) === undefined) await writer.keys.insert(recordOf(scope, id))
        }
      }
      for (const grant of grants) await writer.grants.insert(grant)
    })
  const idsOf = (grants: readonly Grant[]) => grants.map(grant => Number(grant.grantId))
  const sorted = (grants: readonly Grant[]) => idsOf(grants).sort((a, b) => a - b)

  test('a grant comes back as written', async () => {
    const grants = [
      grantOf(home, 1),
      grantOf(home, 2, {
        name: 'backup/ü=1',
        retiring: user('bob'),
        operations: ['Encrypt', 'CreateGrant', 'Decrypt'],
        constraints: {
          encryptionContextEquals: new Map([
            ['b', ''],
            ['__proto__', '\u{1F511}"\\'],
            ['a', '1'],
          ]),
        },
        issuingAccountId: '111111111111',
      }),
      grantOf(home, 3, {
        grantee: service('rds.amazonaws.com'),
        retiring: service('ec2.amazonaws.com'),
        constraints: {
          encryptionContextSubset: new Map(),
          sourceArn: 'arn:aws:rds:us-east-1:000000000000:db:x',
        },
      }),
    ]
    await insert(...grants)
    for (const grant of grants) same(await on.store.reader.grants.find(home, keyId, grant.grantId), grant)
    await on.reopen()
    for (const grant of grants) same(await on.store.reader.grants.find(home, keyId, grant.grantId), grant)
    const found = await on.store.reader.grants.find(home, keyId, grants[1]?.grantId ?? '')
    assert.ok(found?.constraints.encryptionContextEquals instanceof Map)
    assert.equal(await on.store.reader.grants.find(home, keyId, 'f'.repeat(64)), undefined)
    await assert.rejects(insert(grantOf(home, 1, { name: 'again' })))
    same(await on.store.reader.grants.find(home, keyId, grants[0]?.grantId ?? ''), grants[0])
  })

  test('grants belong to one key in one scope', async () => {
    const grants = scopes.flatMap(scope => [
      grantOf(scope, 1, { name: 'n', grantee: user('ann') }),
      grantOf(scope, 1, { name: 'n', grantee: user('ann'), keyId: keyIdNo(2) }),
    ])
    await insert(...grants, grantOf(home, 2))
    const { reader } = on.store
    for (const grant of grants) {
      const mine = grant.region === home.region && grant.accountId === home.accountId && grant.keyId === keyId
      same(await reader.grants.find(grant, grant.keyId, grant.grantId), grant)
      same(await reader.grants.list(grant, grant.keyId, { name: 'n' }, all), { items: [grant] })
      same(await reader.grants.list(grant, grant.keyId, { grantId: grant.grantId }, all), { items: [grant] })
      assert.equal(await reader.grants.count(grant, grant.keyId), mine ? 2 : 1)
      assert.equal(
        (await reader.grants.list(grant, grant.keyId, { grantee: user('ann') }, all)).items.length,
        mine ? 2 : 1,
      )
    }
    const [first] = grants
    await on.store.write(writer => writer.grants.delete(first ?? assert.fail()))
    assert.equal(await reader.grants.find(home, keyId, first?.grantId ?? ''), undefined)
    for (const grant of grants.slice(1))
      same(await reader.grants.find(grant, grant.keyId, grant.grantId), grant)
    assert.equal(await reader.grants.count(home, keyId), 1)
    assert.equal(await reader.grants.count(home, keyIdNo(9)), 0)
  })

  test('grants are listed by name, which need not be unique', async () => {
    const named = (number: number, name: string | undefined) => grantOf(home, number, { name })
    await insert(named(1, 'a'), named(2, 'a'), named(3, 'A'), named(4, undefined), named(5, ''))
    const find = async (name: string) =>
      sorted((await on.store.reader.grants.list(home, keyId, { name }, all)).items)
    assert.deepEqual(await find('a'), [1, 2])
    assert.deepEqual(await find('A'), [3])
    assert.deepEqual(await find('b'), [])
  })

  test('grants are listed by grantee', async () => {
    const to = (number: number, grantee: GrantParty) =>
      grantOf(home, number, { grantee, retiring: user('eve') })
    await insert(
      to(1, user('ann')),
      to(2, user('bob')),
      to(3, user('ann')),
      to(4, service(arnOf(user('ann')))),
    )
    const find = async (name: string) =>
      sorted((await on.store.reader.grants.list(home, keyId, { grantee: user(name) }, all)).items)
    assert.deepEqual(await find('ann'), [1, 3])
    assert.deepEqual(await find('eve'), [])
  })

  test('the grants of a key that meet all filters are listed by id', async () => {
    const grantees = [user('ann'), user('bob'), service('s.amazonaws.com'), user('ann')]
    const grants = grantees.map((grantee, index) => grantOf(home, 4 - index, { grantee }))
    await insert(...grants, grantOf(home, 9, { keyId: keyIdNo(2) }))
    const idNo = (number: number) => grantOf(home, number).grantId
    const list = async (filter: Parameters<typeof on.store.reader.grants.list>[2]) =>
      idsOf((await on.store.reader.grants.list(home, keyId, filter, all)).items)
    assert.deepEqual(await list({}), [1, 2, 3, 4])
    assert.deepEqual(await list({ grantee: user('ann') }), [1, 4])
    assert.deepEqual(await list({ grantee: service('s.amazonaws.com') }), [2])
    assert.deepEqual(await list({ grantee: service(arnOf(user('ann'))) }), [])
    assert.deepEqual(await list({ grantId: idNo(4) }), [4])
    assert.deepEqual(await list({ grantId: idNo(4), grantee: user('ann') }), [4])
    assert.deepEqual(await list({ grantId: idNo(4), grantee: user('bob') }), [])
    assert.deepEqual(await list({ grantId: idNo(9) }), [])
  })

  test('retirable grants are listed for a Region, whatever their key and account', async () => {
    const of = (scope = home, number = 1, retiring = user('eve')) => grantOf(scope, number, { retiring })
    const [, abroad, foreign] = scopes.map((scope, index) => of(scope, index + 2))
    assert.ok(abroad !== undefined && foreign !== undefined)
    const second = grantOf(home, 1, { keyId: keyIdNo(2), retiring: user('eve') })
    const others = [of(home, 7, user('bob')), of(home, 8, service(arnOf(user('eve')))), grantOf(home, 9)]
    await insert(of(home, 2), abroad, foreign, second, ...others)
    const list = async (retiring: GrantParty, region = home.region, page = all) =>
      (await on.store.reader.grants.listRetirable(region, retiring, page)).items
    same(await list(user('eve')), [second, of(home, 2), foreign])
    same(await list(user('eve'), abroad.region), [abroad])
    same(await list(service(arnOf(user('eve')))), [others[1]])
    same(await list(user('ann')), [])
  })

  test('pages stay correct while grants are added and deleted', async () => {
    const of = (number: number) => grantOf(home, number, { retiring: user('eve') })
    await insert(...Array.from({ length: 20 }, (_, index) => of(29 - index)))
    const check = async (after: number | undefined, limit: number, items: number[], next?: number) => {
      const page: PageRequest = { after: after === undefined ? undefined : of(after).grantId, limit }
      const filter = { grantee: of(1).grantee }
      const { reader } = on.store
      const pages = [
        await reader.grants.list(home, keyId, {}, page),
        await reader.grants.list(home, keyId, filter, page),
        await reader.grants.listRetirable(home.region, user('eve'), page),
      ]
      const expected = [items, next === undefined ? undefined : of(next).grantId]
      for (const { items: found, next: marker } of pages) assert.deepEqual([idsOf(found), marker], expected)
    }
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
    await check(undefined, 5, range(10, 14), 14)
    await check(undefined, 20, range(10, 29))
    await on.store.write(async writer => {
      for (const number of [10, 14]) await writer.grants.delete(of(number))
      for (const number of [1, 30]) await writer.grants.insert(of(number))
    })
    await check(14, 15, range(15, 29), 29)
    await check(14, 16, range(15, 30))
    await check(30, 1, [])
  })

  test('grants are deleted with their key, and with no other key', async () => {
    await insert(
      grantOf(home, 1),
      grantOf(home, 2, { keyId: keyIdNo(2) }),
      ...scopes.slice(1).map(s => grantOf(s, 3)),
    )
    await on.store.write(writer => writer.keys.delete(home, keyId))
    const { reader } = on.store
    assert.equal(await reader.grants.find(home, keyId, grantOf(home, 1).grantId), undefined)
    assert.equal(await reader.grants.count(home, keyIdNo(2)), 1)
    for (const scope of scopes.slice(1)) assert.equal(await reader.grants.count(scope, keyId), 1)
    // A key recreated under the same id has none of them.
    await on.store.write(writer => writer.keys.insert(recordOf(home)))
    assert.equal(await reader.grants.count(home, keyId), 0)
    await assert.rejects(insert(grantOf(home, 4, { keyId: keyIdNo(9) })), 'a grant of no key')
  })
})
