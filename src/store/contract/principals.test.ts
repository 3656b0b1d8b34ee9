import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accessKeyOf,
  grantOf,
  holdEveryDatabase,
  home,
  keyId,
  keyIdNo,
  recordOf,
  roleOf,
  same,
  scopes,
  userOf,
} from './databases.test.ts'
import type { Change } from './store.ts'

// The promises of identities.ts about users and roles that key policies, trust policies and grants name (IAM user guide,
// "AWS JSON policy elements: Principal": ids stand for deleted principals, and a recreated one is a different principal).

const account = home.accountId
const userArn = `arn:aws:iam::${account}:user/team/ann_b`
const roleArn = `arn:aws:iam::${account}:role/app`
const ann = userOf('ann_b', { path: '/team/' })
const app = roleOf('app')

const policyOf = (principal: object, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: principal, Action: 'kms:*', Resource: '*', ...more }],
})
const textOf = (principal: object, more?: object) => JSON.stringify(policyOf(principal, more))

holdEveryDatabase('deleted and renamed principals', on => {
  const policyNow = async (id = keyId, scope = home) =>
    JSON.parse((await on.store.reader.keys.find(scope, id))?.policy ?? '{}')

  async function fill(policies: readonly string[]): Promise<void> {
    await on.store.write(async writer => {
      await writer.users.insert(ann)
      await writer.roles.insert(app)
      for (const [index, policy] of policies.entries())
        await writer.keys.insert({ ...recordOf(home, keyIdNo(index + 1)), policy })
    })
  }

  test('a deleted user stays in the principals of key policies of all accounts as its id', async () => {
    const condition = { Condition: { StringEquals: { 'aws:PrincipalArn': userArn } } }
    await fill([
      textOf({ AWS: userArn }, condition),
      textOf({ AWS: [roleArn, userArn, '*'], Service: 's3.amazonaws.com' }),
      textOf({ AWS: `arn:aws:iam::${account}:user/team/annxb` }),
      textOf({ AWS: userArn.replace('arn:aws:', 'arn:aws-cn:') }),
      textOf({ AWS: 'PLACE' }).replace('PLACE', userArn.replace('ann', '\\u0061nn')),
      '{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"PLACE"}}}'.replace('PLACE', userArn),
    ])
    const abroad = scopes.at(-1) ?? home
    await on.store.write(writer =>
      writer.keys.insert({ ...recordOf(abroad), policy: textOf({ AWS: userArn }) }),
    )
    await on.store.write(writer => writer.users.delete(ann))
    const id = ann.userId
    assert.deepEqual(await policyNow(), policyOf({ AWS: id }, condition))
    assert.deepEqual(
      await policyNow(keyIdNo(2)),
      policyOf({ AWS: [roleArn, id, '*'], Service: 's3.amazonaws.com' }),
    )
    const untouched = await on.store.reader.keys.find(home, keyIdNo(3))
    assert.equal(untouched?.policy, textOf({ AWS: `arn:aws:iam::${account}:user/team/annxb` }))
    for (const number of [4, 5]) assert.deepEqual(await policyNow(keyIdNo(number)), policyOf({ AWS: id }))
    assert.deepEqual((await policyNow(keyIdNo(6))).Statement.NotPrincipal, { AWS: id })
    assert.deepEqual(await policyNow(keyId, abroad), policyOf({ AWS: id }))
  })

  test('a deleted role stays in key policies and in the trust policies of other roles as its id', async () => {
    await fill([textOf({ AWS: [roleArn, userArn] })])
    await on.store.write(async writer => {
      await writer.roles.insert(roleOf('other', { trustPolicy: textOf({ AWS: roleArn }) }))
      await writer.roles.delete(app)
    })
    assert.deepEqual(await policyNow(), policyOf({ AWS: [app.roleId, userArn] }))
    const other = await on.store.reader.roles.find(account, 'other')
    assert.deepEqual(JSON.parse(other?.trustPolicy ?? ''), policyOf({ AWS: app.roleId }))
  })

  test('a deleted user stays in grants as its id, as grantee and as retiring principal', async () => {
    const arn = { type: 'principal', arn: userArn } as const
    const id = { type: 'principal', arn: ann.userId } as const
    const grants = [
      grantOf(home, 1, { grantee: arn }),
      grantOf(home, 2, { retiring: arn }),
      grantOf(home, 3, { grantee: arn, retiring: arn }),
      grantOf(home, 4),
    ]
    await fill([textOf({ AWS: '*' })])
    await on.store.write(async writer => {
      for (const grant of grants) await writer.grants.insert(grant)
    })
    const changes: Change[] = []
    on.store.subscribe(change => changes.push(change))
    await on.store.write(writer => writer.users.delete(ann))
    const found = (await on.store.reader.grants.list(home, keyId, {}, { after: undefined, limit: 9 })).items
    same(found, [
      { ...grants[0], grantee: id },
      { ...grants[1], retiring: id },
      { ...grants[2], grantee: id, retiring: id },
      grants[3],
    ])
    // A cache of grants receives the end of the old grant, and then the new grant as it is now.
    const kept = new Map<string, unknown>()
    for (const change of changes) {
      if (change.type === 'grant') kept.set(change.grant.grantId, change.isGone ? 'gone' : change.grant)
    }
    same(
      found.map(grant => kept.get(grant.grantId)),
      [...found.slice(0, 3), undefined],
    )
  })

  test('a renamed user keeps its access keys, its place in policies and its grants', async () => {
    await fill([textOf({ AWS: userArn })])
    await on.store.write(async writer => {
      await writer.accessKeys.insert(accessKeyOf('AKIA1', { userName: 'ann_b' }))
      await writer.grants.insert(grantOf(home, 1, { grantee: { type: 'principal', arn: userArn } }))
      await writer.users.update({ ...ann, userName: 'Anna', path: '/' })
    })
    const arn = `arn:aws:iam::${account}:user/Anna`
    assert.deepEqual(await policyNow(), policyOf({ AWS: arn }))
    assert.equal((await on.store.reader.accessKeys.find('AKIA1'))?.userName, 'Anna')
    const grant = await on.store.reader.grants.find(home, keyId, grantOf(home, 1).grantId)
    assert.deepEqual(grant?.grantee, { type: 'principal', arn })
    assert.equal(await on.store.reader.users.find(account, 'ann_b'), undefined)
    same(await on.store.reader.users.find(account, 'anna'), { ...ann, userName: 'Anna', path: '/' })
  })
})
