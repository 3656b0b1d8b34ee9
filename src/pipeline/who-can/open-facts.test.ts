import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy } from '../../access/index.ts'
import { rootIdentity, serviceIdentity } from '../../identity/index.ts'
import { type Candidate, everyone, foreignCandidate } from './candidate.ts'
import { openFactsOf } from './open-facts.ts'

// Which facts of a request are known from the principal, the key and the question. Sources: IAM user guide, "AWS global condition context
// keys"; AWS KMS developer guide, "AWS KMS condition keys".

const accountId = '111122223333'
const other = '444455556666'
const sources: Readonly<Record<string, 'key' | 'callerAccount' | 'request'>> = {
  'svc:spec': 'key',
  'svc:account': 'callerAccount',
  'svc:context': 'request',
}
const question = (given: Record<string, string[]> = {}) => ({
  action: 'svc:Use',
  scope: { accountId, region: 'us-east-1' },
  given: new Map(Object.entries(given)),
  sourceOf: (name: string) => sources[name] ?? ('none' as const),
})
const foreign = (arn: string) => foreignCandidate(arn, 0) ?? assert.fail(arn)
const own = (candidate: Candidate): Candidate => ({ ...candidate, isForeign: false })
const roleArn = (id: string) => `arn:aws:iam::${id}:role/ops`
const candidates = {
  root: { name: '', type: 'Root', identity: rootIdentity(accountId), isForeign: false },
  user: own(foreign(`arn:aws:iam::${accountId}:user/ann`)),
  role: own(foreign(roleArn(accountId))),
  service: {
    name: '',
    type: 'Service',
    identity: serviceIdentity(accountId, 's3.amazonaws.com'),
    isForeign: false,
  },
  foreignUser: foreign(`arn:aws:iam::${other}:user/eve`),
  foreignRole: foreign(roleArn(other)),
  foreignSession: foreign(`arn:aws:sts::${other}:assumed-role/ops/night`),
  account: foreign(`arn:aws:iam::${other}:root`),
  everyone,
} as const satisfies Record<string, Candidate>
type Name = keyof typeof candidates

const openFor = (key: string, given?: Record<string, string[]>) =>
  Object.entries(candidates)
    .filter(([, candidate]) => openFactsOf(candidate, question(given)).isOpen(key))
    .map(([name]) => name as Name)

const all = Object.keys(candidates) as Name[]
const ofGroups = ['account', 'everyone'] as const
const foreigners = ['foreignUser', 'foreignRole', 'foreignSession', ...ofGroups] as const
const cases: readonly (readonly [string, readonly Name[]])[] = [
  // A call alone has these.
  ['aws:sourceip', all],
  ['aws:sourcevpce', all],
  ['aws:securetransport', all],
  ['aws:multifactorauthpresent', all],
  ['aws:calledvia', all],
  ['svc:context', all],
  // The key, the Region and the time of the question have these.
  ['aws:resourcetag/team', []],
  ['aws:resourceaccount', []],
  ['aws:requestedregion', []],
  ['aws:currenttime', []],
  ['svc:spec', []],
  // No request has these.
  ['aws:nosuchkey', []],
  ['aws:requesttag/team', []],
  ['s3:prefix', []],
  // The principal has these.
  ['aws:principalaccount', ['everyone']],
  ['svc:account', ['everyone']],
  ['aws:username', ofGroups],
  ['aws:principaltype', ofGroups],
  ['aws:principalisawsservice', ofGroups],
  // The ARN of a session does not have the path of its role.
  ['aws:principalarn', ['foreignSession', ...ofGroups]],
  ['aws:principalorgid', foreigners],
  // A session has a name of its own, and can have tags of its own.
  ['aws:userid', ['role', ...foreigners]],
  ['aws:principaltag/team', ['role', ...foreigners]],
]
for (const [key, expected] of cases) {
  test(`${key} is open for: ${expected.join(', ') || 'nobody'}`, () => {
    assert.deepEqual(
      openFor(key),
      all.filter(name => expected.includes(name)),
    )
    assert.deepEqual(openFor(key, { [key.toUpperCase()]: ['x'] }), [], 'the question gives it')
  })
}

test('a condition that only the own account meets is known for everyone', () => {
  const settled = (operator: string, key: string, values: readonly string[], given = {}) => {
    const document = {
      Effect: 'Allow',
      Action: '*',
      Resource: '*',
      Condition: { [operator]: { [key]: values } },
    }
    const { statements } = compilePolicy(JSON.stringify({ Statement: document }), 'identity', 'p')
    const condition = statements[0]?.conditions[0] ?? assert.fail()
    return openFactsOf(everyone, question(given)).settle?.(condition)
  }
  assert.equal(settled('StringEquals', 'svc:account', [accountId]), false)
  assert.equal(settled('StringNotEquals', 'aws:PrincipalAccount', [accountId]), true)
  assert.equal(settled('StringEquals', 'svc:account', [accountId, other]), undefined)
  assert.equal(settled('StringEquals', 'svc:account', []), undefined)
  assert.equal(settled('StringLike', 'svc:account', ['*']), undefined)
  assert.equal(settled('StringEquals', 'svc:context', [accountId]), undefined)
  assert.equal(settled('StringEquals', 'svc:account', [accountId], { 'svc:account': [other] }), undefined)
})
