import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, TestCaller } from '../../fixtures/caller.ts'
import { type KeywardProcess, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { allow, credentialsOf, duringSeed, seedUser, writeSeed } from '../../fixtures/seed.ts'

const [account, other] = ['111122223333', '444455556666']
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const keyArn = `arn:aws:kms:us-east-1:${account}:key/${keyId}`
const bob = `arn:aws:iam::${other}:user/bob`
const carol = `arn:aws:iam::${account}:user/carol`
const worker = {
  name: 'worker',
  grantee: bob,
  retiring: carol,
  operations: ['Encrypt', 'Decrypt'],
  constraints: { encryptionContextSubset: { tenant: '7' } },
}

/** The account of the grantee comes after the account of the key. */
const seed = (...grants: object[]) => ({
  accounts: [
    {
      id: account,
      users: [seedUser('alice', allow('kms:*')), seedUser('carol')],
      keys: [{ id: keyId, grants }],
    },
    { id: other, users: [seedUser('bob', allow('kms:*'))] },
  ],
})
const as = (server: KeywardProcess, name: string) =>
  new TestCaller(server, { credentials: credentialsOf(name) })
async function grantsOf(server: KeywardProcess) {
  const { Grants = [] } = await as(server, 'alice').sdk.listGrants({ KeyId: keyId })
  return Grants
}
const namesOf = async (server: KeywardProcess) => (await grantsOf(server)).map(({ Name }) => Name).sort()
const encrypting = (tenant: string) => ({
  KeyId: keyArn,
  Plaintext: base64('x'),
  EncryptionContext: { tenant, more: 'of it' },
})

test('a seeded grant is as the file describes it, and allows that and no more', () =>
  duringSeed(seed(worker), {}, async server => {
    const [grant, ...more] = await grantsOf(server)
    assert.deepEqual(more, [])
    const { GrantId, CreationDate, ...rest } = grant ?? {}
    assert.match(GrantId ?? '', /^[0-9a-f]{64}$/)
    assert.ok(CreationDate instanceof Date)
    assert.deepEqual(rest, {
      KeyId: keyArn,
      Name: 'worker',
      GranteePrincipal: bob,
      RetiringPrincipal: carol,
      IssuingAccount: `arn:aws:iam::${account}:root`,
      Operations: ['Encrypt', 'Decrypt'],
      Constraints: { EncryptionContextSubset: { tenant: '7' } },
    })
    const grantee = as(server, 'bob')
    await grantee.answer('Encrypt', encrypting('7'))
    await grantee.isRefused('Encrypt', encrypting('8'), 'AccessDeniedException')
    await grantee.isRefused('DescribeKey', { KeyId: keyArn }, 'AccessDeniedException')
  }))

test('a grant may have a service as grantee, or require the whole encryption context', () =>
  duringSeed(
    seed(
      {
        name: 'service',
        grantee: 'dynamodb.us-east-1.amazonaws.com',
        retiring: carol,
        operations: ['Decrypt'],
        constraints: { sourceArn: `arn:aws:dynamodb:us-east-1:${account}:table/orders` },
      },
      { ...worker, name: 'exact', constraints: { encryptionContextEquals: { tenant: '7', more: 'of it' } } },
    ),
    {},
    async server => {
      const grants = await grantsOf(server)
      const service = grants.find(({ Name }) => Name === 'service')
      assert.equal(service?.GranteeServicePrincipal, 'dynamodb.us-east-1.amazonaws.com')
      assert.deepEqual(service.Constraints, {
        SourceArn: `arn:aws:dynamodb:us-east-1:${account}:table/orders`,
      })
      await as(server, 'bob').answer('Encrypt', encrypting('7'))
    },
  ))

test('the same file again makes no second grant, a retired grant stays retired, and an edit replaces a grant', async () => {
  const dataDirectory = temporaryDirectory()
  const during = <T>(text: object, use: (server: KeywardProcess) => Promise<T>) =>
    duringSeed(text, { dataDirectory }, use)
  const first = await during(seed(worker), grantsOf)
  // A different order of operations does not make a different grant.
  const turned = { ...worker, operations: ['Decrypt', 'Encrypt'] }
  await during(seed(turned), async server => assert.deepEqual(await grantsOf(server), first))

  const narrower = { ...worker, operations: ['Decrypt'] }
  const second = { ...worker, name: 'second' }
  await during(seed(narrower, second), async server => {
    assert.deepEqual(await namesOf(server), ['second', 'worker'])
    await as(server, 'alice').sdk.createGrant({
      KeyId: keyId,
      Name: 'worker',
      GranteePrincipal: carol,
      Operations: ['DescribeKey'],
    })
    const grants = await grantsOf(server)
    const seeded = grants.find(({ Name, GranteePrincipal }) => Name === 'worker' && GranteePrincipal === bob)
    assert.deepEqual(seeded?.Operations, ['Decrypt'])
    const GrantId = grants.find(({ Name }) => Name === 'second')?.GrantId
    await as(server, 'carol').sdk.retireGrant({ KeyId: keyArn, GrantId })
  })
  await during(seed(narrower, second), async server => {
    // One of the two grants of this name is a client's.
    assert.deepEqual(await namesOf(server), ['worker', 'worker'])
  })
  // A grant that is taken out of the file stays.
  await during(seed(second), async server => assert.deepEqual(await namesOf(server), ['worker', 'worker']))

  const path = writeSeed(seed(narrower, { ...second, operations: ['Encrypt'] }))
  const said = await refusedStart({ dataDirectory, flags: ['--seed', path] })
  assert.match(
    said,
    /\(second\) differs from the existing grant with this name, or that grant was deleted; give it/,
  )
  // An edit of a grant whose name a client has used too replaces only the grant of the file.
  await during(seed(worker), async server => {
    const bobs = (await grantsOf(server)).filter(({ GranteePrincipal }) => GranteePrincipal === bob)
    assert.deepEqual(
      bobs.map(({ Operations }) => Operations),
      [['Encrypt', 'Decrypt']],
    )
    assert.deepEqual(await namesOf(server), ['worker', 'worker'])
  })
})
