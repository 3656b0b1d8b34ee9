import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { type KeywardProcess, startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { allow, credentialsOf, deny, duringSeed, seedAccessKey, writeSeed } from '../../fixtures/seed.ts'

// Groups, roles, managed policies and services of the seed file, as calls of KMS show them.

const account = '111122223333'
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const ownPolicy = `arn:aws:iam::${account}:policy/teams/describe`
const powerUser = 'arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser'

const document = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements })
const user = (name: string, more: object = {}) => ({ name, accessKeys: [seedAccessKey(name)], ...more })

const trust = document({
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'sts:AssumeRole',
})
const role = { name: 'app', path: '/apps/', trust, attachedPolicies: [ownPolicy], tags: { team: 'blue' } }
const roleArn = `arn:aws:iam::${account}:role/apps/app`

const seed = {
  accounts: [
    {
      id: account,
      managedPolicies: [
        { name: 'describe', path: '/teams/', document: document(allow('kms:DescribeKey')) },
        { name: 'limits', document: document(allow('kms:*')) },
      ],
      groups: [
        { name: 'power', attachedPolicies: [powerUser] },
        {
          name: 'barred',
          policies: [{ name: 'no-lists', document: document(deny('kms:ListKeys')) }],
        },
      ],
      roles: [role],
      users: [
        user('manager', { attachedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'] }),
        user('reader', { path: '/staff/', attachedPolicies: [ownPolicy], boundary: ownPolicy }),
        user('power', { groups: ['power'], tags: { team: 'red' } }),
        user('barred', { groups: ['Power', 'barred'] }),
        user('nobody'),
      ],
      services: [{ name: 's3.amazonaws.com', accessKeys: [seedAccessKey('service')] }],
      keys: [{ id: keyId }],
    },
  ],
}

const as = (server: KeywardProcess, name: string) =>
  new TestCaller(server, { credentials: credentialsOf(name) })

type Account = (typeof seed.accounts)[number]
/** The seed with a change of its account. */
const edited = (change: Partial<Record<keyof Account, unknown>>) => ({
  accounts: [{ ...seed.accounts[0], ...change }],
})

describe('seeded identities', () => {
  let keyward: KeywardProcess
  before(async () => {
    keyward = await startKeyward({ flags: ['--seed', writeSeed(seed)] })
  })
  after(() => keyward.stop())

  async function outcomes(name: string): Promise<boolean[]> {
    const caller = as(keyward, name)
    const calls: [string, object][] = [
      ['DescribeKey', { KeyId: keyId }],
      ['ListKeys', {}],
      ['Encrypt', { KeyId: keyId, Plaintext: Buffer.from('x').toString('base64') }],
    ]
    const allowed: boolean[] = []
    for (const [operation, input] of calls) {
      const { status, text } = await caller.call(operation, input)
      if (status !== 200) assert.match(text, /AccessDeniedException/)
      allowed.push(status === 200)
    }
    return allowed
  }

  test('may do what their attached policies and the policies of their groups allow', async () => {
    assert.deepEqual(await outcomes('manager'), [true, true, true])
    assert.deepEqual(await outcomes('reader'), [true, false, false])
    assert.deepEqual(await outcomes('power'), [true, true, false])
    assert.deepEqual(await outcomes('barred'), [true, false, false])
    assert.deepEqual(await outcomes('nobody'), [false, false, false])
    assert.deepEqual(await outcomes('service'), [false, false, false])
  })

  test('can be named in a key policy and a grant if they exist, with their path', async () => {
    const { sdk } = as(keyward, 'manager')
    const policyFor = (arn: string) =>
      JSON.stringify(document(allow('kms:*', '*', [`arn:aws:iam::${account}:root`, arn])))
    await sdk.putKeyPolicy({ KeyId: keyId, Policy: policyFor(roleArn) })
    const grant = { KeyId: keyId, Operations: ['Decrypt' as const] }
    await sdk.createGrant({ ...grant, GranteePrincipal: roleArn })
    const nobody = ['role/app', 'role/apps/App', 'role/gone', 'user/reader', 'user/staff/other']
    for (const name of nobody.map(part => `arn:aws:iam::${account}:${part}`)) {
      const policy = sdk.putKeyPolicy({ KeyId: keyId, Policy: policyFor(name) })
      await assert.rejects(policy, { name: 'MalformedPolicyDocumentException' }, name)
      const granted = sdk.createGrant({ ...grant, GranteePrincipal: name })
      await assert.rejects(granted, { name: 'InvalidArnException' }, name)
    }
    // A policy shows the id of a principal that was deleted, but nobody can write such an id into a policy.
    const withId = sdk.putKeyPolicy({ KeyId: keyId, Policy: policyFor('AROAJ2UCCR6DPCEXAMPLE') })
    await assert.rejects(withId, { name: 'MalformedPolicyDocumentException' })
    await sdk.putKeyPolicy({ KeyId: keyId, Policy: policyFor('arn:aws:iam::999999999999:role/any') })
  })
})

test('an edited file that is applied again changes the identities that it made', async () => {
  const dataDirectory = temporaryDirectory()
  const allowed = async (text: object, name: string) =>
    await duringSeed(text, { dataDirectory }, async server => {
      const { status } = await as(server, name).call('ListKeys', {})
      return status === 200
    })
  assert.equal(await allowed(seed, 'power'), true)
  assert.equal(await allowed(seed, 'power'), true)
  assert.equal(
    await allowed(edited({ groups: [{ name: 'power' }, seed.accounts[0]?.groups[1]] }), 'power'),
    false,
  )
  const describing = {
    name: 'describe',
    path: '/teams/',
    document: document(allow(['kms:DescribeKey', 'kms:ListKeys'])),
  }
  const users = [user('power', { attachedPolicies: [ownPolicy] })]
  assert.equal(
    await allowed(
      edited({ managedPolicies: [describing, seed.accounts[0]?.managedPolicies[1]], users }),
      'power',
    ),
    true,
  )
})

const refusals: [what: string, change: object, message: RegExp][] = [
  [
    'a group that does not exist',
    { users: [user('a', { groups: ['none'] })] },
    /\(a\) is in none, and there is no such group/,
  ],
  [
    'a policy that does not exist',
    { users: [user('a', { boundary: `arn:aws:iam::${account}:policy/describe` })] },
    /names arn:.*:policy\/describe, and the account has no such policy/,
  ],
  [
    'a policy of AWS that this server does not have',
    { groups: [{ name: 'a', attachedPolicies: ['arn:aws:iam::aws:policy/AmazonSumerianFullAccess'] }] },
    /is not among the AWS managed policies of this server/,
  ],
  [
    'a policy of a service-linked role',
    {
      groups: [
        {
          name: 'a',
          attachedPolicies: [
            'arn:aws:iam::aws:policy/aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy',
          ],
        },
      ],
    },
    /is for service-linked roles only/,
  ],
  [
    'a policy that is not an ARN',
    { groups: [{ name: 'a', attachedPolicies: ['describe'] }] },
    /must be the ARN of a policy/,
  ],
  [
    'names that differ only by case',
    { roles: [role, { ...role, name: 'App' }] },
    /\(App\) differs only in case from the existing name app/,
  ],
  ['the same name twice', { groups: [{ name: 'a' }, { name: 'a' }] }, /is in the file twice/],
  ['a role without a trust policy', { roles: [{ name: 'a' }] }, /has no trust; it needs one/],
  [
    'the same role with a different path',
    { roles: [role, { ...role, path: '/' }] },
    /in its path, which cannot change/,
  ],
  ['a path without an end', { roles: [{ ...role, path: '/a' }] }, /a path begins and ends with \//],
  ['a session that is too long', { roles: [{ ...role, maxSession: 43201 }] }, /from 3600 to 43200/],
  ['a long user name', { users: [user('a'.repeat(65))] }, /a user name is up to 64 letters/],
  ['an invalid service name', { services: [{ name: 's3' }] }, /a service is named like s3.amazonaws.com/],
  ['a reserved tag', { users: [user('a', { tags: { 'aws:x': '1' } })] }, /reserved/],
]

for (const [what, change, message] of refusals) {
  test(`a server refuses a seed that has ${what}`, async () => {
    const path = writeSeed(edited(change))
    assert.match(await refusedStart({ flags: ['--seed', path] }), message)
  })
}
