import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, StepBudget } from '../../access/index.ts'
import { type Grant, type Identity, newKey, type Principal, ServiceError } from '../../domain/index.ts'
import type { ResolvedKey } from '../../keys/index.ts'
import type { Caller, Endpoint, FoundKey } from '../../operation/index.ts'
import { Authorizer } from './authorizer.ts'
import type { CallFacts } from './call-facts.ts'
import { authorizeRetirement } from './retirement.ts'

// A call that only the policy of its VPC endpoint denies has no management event, but a network activity event of the endpoint's
// owner (AWS KMS developer guide, "Logging AWS KMS requests that use a VPC endpoint"). These tests cover which denials are such.

const home = '111122223333'
const abroad = '444455556666'
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const statement = (Effect: string, Action: string, more: object = {}) => ({
  ...{ Effect, Action, Resource: '*' },
  ...more,
})
const toAll = (Effect: string, Action: string) => statement(Effect, Action, { Principal: '*' })
const toAccount = (Action: string) => statement('Allow', Action, { Principal: { AWS: home } })

const narrow = document(toAll('Allow', 'kms:Decrypt'))
const denying = document(toAll('Allow', '*'), toAll('Deny', 'kms:Encrypt'))

const endpointOf = (policy: string, accountId: string): Endpoint => ({
  ...{ vpceId: 'vpce-1', vpcId: 'vpc-1', vpcArn: `arn:aws:ec2:us-east-1:${accountId}:vpc/vpc-1`, accountId },
  ...{ region: 'us-east-1', service: 'kms', hosts: new Set<string>(), policy },
})

interface Case {
  readonly endpoint: string
  readonly endpointAccount?: string
  readonly key?: string
  readonly identity?: string
  readonly by?: string
  readonly hasGrant?: boolean
}

const ann = (accountId: string): Principal => ({
  ...{ type: 'IAMUser', accountId, arn: `arn:aws:iam::${accountId}:user/ann`, principalId: 'AIDA1' },
  userName: 'ann',
})

function factsOf({ endpoint, endpointAccount = home, identity: document, by = home }: Case): CallFacts {
  const identity: Identity = {
    ...{ principal: ann(by), boundary: undefined, sessionPolicies: undefined, tags: [], session: undefined },
    policies: document === undefined ? [] : [{ name: 'own', document }],
  }
  const scope = { accountId: by, region: 'us-east-1' }
  const provedCaller: Caller = { identity, scope, accessKeyId: 'AKIA1' }
  const call = {
    ...{ sourceIpAddress: '192.0.2.1', userAgent: 'test', referer: undefined, tlsDetails: undefined },
    endpoint: endpointOf(endpoint, endpointAccount),
  }
  const rest = { time: 0, input: {}, found: [], recipient: undefined, budget: new StepBudget() }
  return { call, provedCaller, ...rest }
}

const grant = (to: string): Grant =>
  ({ grantId: 'g1', issuingAccountId: home, grantee: { type: 'principal', arn: ann(to).arn } }) as never

const newAuthorizer = () =>
  new Authorizer({
    organization: { ofAccount: () => undefined },
    conditionKeys: [],
    onUnreadablePolicy: () => assert.fail(),
    onUndecided: () => assert.fail(),
  })

/** Returns the denial of Encrypt with a key of `home`. */
async function denialOf(given: Case): Promise<ServiceError> {
  const facts = factsOf(given)
  const arn = `arn:aws:kms:us-east-1:${home}:key/${keyId}`
  const scope = { accountId: home, region: 'us-east-1' }
  const fixed = { keyId, keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const
  const key = {
    ...{
      key: newKey({ ...scope, ...fixed, origin: 'AWS_KMS', createdAt: 0 }),
      arn,
      tags: [],
      aliasNames: [],
    },
    policy: compilePolicy(given.key ?? document(toAccount('kms:*')), 'key', 'key policy'),
  } as unknown as ResolvedKey
  const grantOf = () => ({ operation: 'Encrypt', encryptionContext: undefined }) as never
  const requirement = { from: () => undefined, forms: 'key', grant: grantOf, crossAccount: true } as const
  const named = { name: 'key', requirement, action: 'kms:Encrypt', input: {}, caller: facts.provedCaller }
  const found: FoundKey = { ...named, key, namedAs: arn, now: 0 }
  const findGrantFor = () => (given.hasGrant === true ? grant(given.by ?? home) : undefined)
  try {
    await newAuthorizer().authorizeKey(facts, found, { findGrantFor } as never)
  } catch (error) {
    assert.ok(error instanceof ServiceError)
    return error
  }
  return assert.fail('the call is allowed')
}

const may = document(statement('Allow', 'kms:*'))
const cases: readonly (readonly [name: string, isByEndpoint: boolean, given: Case])[] = [
  ['no statement allows it, and the account does', true, { endpoint: narrow, identity: may }],
  ['no statement allows it, and identity policies do not either', false, { endpoint: narrow }],
  ['a Deny, and the account allows it', true, { endpoint: denying, identity: may }],
  ['a Deny, and identity policies do not allow it', false, { endpoint: denying }],
  [
    'a Deny, and a Deny in the key policy',
    false,
    { endpoint: denying, identity: may, key: document(toAccount('kms:*'), toAll('Deny', 'kms:Encrypt')) },
  ],
  ['no statement allows it, and a grant does', true, { endpoint: narrow, hasGrant: true }],
  ['a Deny, and a grant allows it', true, { endpoint: denying, hasGrant: true }],
  ['a Deny, and there is no grant', false, { endpoint: denying, key: document(toAccount('s3:*')) }],
]

for (const [name, isByEndpoint, given] of cases)
  test(`${name}: ${isByEndpoint ? '' : 'not '}by the endpoint alone`, async () => {
    assert.equal((await denialOf(given)).isByEndpoint, isByEndpoint)
  })

const toAbroad = document(statement('Allow', 'kms:*', { Principal: { AWS: abroad } }))
const fromAbroad = { by: abroad, endpointAccount: abroad, key: toAbroad, identity: may }

test('a key of a different account whose policy allows the call is denied by the endpoint', async () => {
  const error = await denialOf({ ...fromAbroad, endpoint: narrow })
  assert.equal(error.isByEndpoint, true)
  assert.equal(
    error.text,
    `User: ${ann(abroad).arn} is not authorized to perform: kms:Encrypt on this resource because no VPC endpoint policy allows the kms:Encrypt action`,
  )
  assert.equal((await denialOf({ ...fromAbroad, endpoint: denying })).isByEndpoint, true)
})

test('a key of a different account whose policy allows nothing is not denied by the endpoint', async () => {
  const closed = { ...fromAbroad, key: document(toAccount('kms:*')) }
  for (const endpoint of [narrow, denying]) {
    const error = await denialOf({ ...closed, endpoint })
    assert.equal(error.isByEndpoint, false)
    assert.match(error.text ?? '', /the resource does not exist in this Region, no resource-based policies/)
  }
})

test('a denial without a key is by the endpoint alone if identity policies allow it', () => {
  const requirement = { arn: '*', conditions: undefined, policy: undefined } as never
  const denied = (given: Case, isByEndpoint: boolean) =>
    assert.throws(
      () => newAuthorizer().authorizeResource(factsOf(given), 'kms:ListKeys', requirement),
      (error: unknown) => error instanceof ServiceError && error.isByEndpoint === isByEndpoint,
    )
  denied({ endpoint: narrow, identity: may }, true)
  denied({ endpoint: narrow }, false)
  const closed = document(toAll('Deny', 'kms:ListKeys'))
  denied({ endpoint: closed, identity: may }, true)
  denied({ endpoint: closed }, false)
})

test('a grant that the endpoint does not allow to be retired is denied by the endpoint', () => {
  const given = { endpoint: narrow }
  const requirement = { conditionsOf: () => ({}) } as never
  const of = { ...grant(home), accountId: home, region: 'us-east-1', keyId, operations: [] }
  const named = { requirement, action: 'kms:RetireGrant', grant: { ...of, retiring: of.grantee } }
  const retire = (facts: CallFacts) => authorizeRetirement(named, facts, newAuthorizer())
  retire(factsOf({ endpoint: document(toAll('Allow', 'kms:RetireGrant')) }))
  assert.throws(
    () => retire(factsOf(given)),
    (error: unknown) => error instanceof ServiceError && error.isByEndpoint,
  )
})

test('the details of a denial are for the caller, so there are none for an endpoint of a different account', async () => {
  assert.ok((await denialOf({ endpoint: narrow, identity: may })).details !== undefined)
  const foreign = { endpoint: narrow, identity: may, endpointAccount: abroad }
  assert.equal((await denialOf(foreign)).details, undefined)
})
