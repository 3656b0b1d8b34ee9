import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CompiledPolicy, compilePolicy, StepBudget } from '../../access/index.ts'
import { type Identity, newKey, type Principal, ServiceError } from '../../domain/index.ts'
import type { ResolvedKey } from '../../keys/index.ts'
import type {
  Caller,
  Endpoint,
  FoundKey,
  Organization,
  ResourceRequirement,
  ServiceCall,
} from '../../operation/index.ts'
import { Authorizer } from './authorizer.ts'
import type { CallFacts } from './call-facts.ts'
import { RequestContext } from './request-context.ts'

// These tests cover the policies of VPC endpoints, and the length of a reason.

const accountId = '111111111111'
const organization = { ofAccount: () => undefined }
const newAuthorizer = () =>
  new Authorizer({
    organization,
    conditionKeys: [],
    onUnreadablePolicy: () => assert.fail(),
    onUndecided: () => assert.fail(),
  })
const scope = { accountId, region: 'us-east-1' }
const principal: Principal = {
  type: 'IAMUser',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/ann`,
  principalId: 'AIDA1',
  userName: 'ann',
}
const statement = (Effect: string, Action: string, more: object = {}) => ({
  Effect,
  Action,
  Resource: '*',
  ...more,
})
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })

const identity: Identity = {
  principal,
  policies: [],
  boundary: undefined,
  sessionPolicies: undefined,
  tags: [],
  session: undefined,
}

function keyWith(policy: string): ResolvedKey {
  const fixed = { keyId: 'k', keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const
  return {
    key: newKey({ ...scope, ...fixed, origin: 'AWS_KMS', createdAt: 0 }),
    arn: `arn:aws:kms:us-east-1:${accountId}:key/k`,
    policy: compilePolicy(policy, 'key', 'key policy') as CompiledPolicy,
    tags: [],
    aliasNames: [],
  } as unknown as ResolvedKey
}

const endpointWith = (policy: string): Endpoint => ({
  vpceId: 'vpce-1',
  vpcId: 'vpc-1',
  vpcArn: `arn:aws:ec2:us-east-1:${accountId}:vpc/vpc-1`,
  accountId,
  region: 'us-east-1',
  service: 'kms',
  hosts: new Set(),
  policy,
})
const everything = endpointWith(document({ ...statement('Allow', '*'), Principal: '*' }))
const viaS3: ServiceCall = {
  name: 's3.amazonaws.com',
  isOnBehalf: true,
  sourceArn: undefined,
  sourceAccount: undefined,
}

const tls13 = { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_256_GCM_SHA384', keyExchange: undefined }

function factsOf(endpoint: Endpoint | undefined, service?: ServiceCall): CallFacts {
  const caller: Caller = { identity, scope, accessKeyId: 'AKIA1', service }
  const call = {
    sourceIpAddress: '::ffff:192.0.2.1',
    userAgent: 'test',
    referer: undefined,
    tlsDetails: { connection: tls13, clientProvidedHostHeader: undefined },
    endpoint,
  }
  const budget = new StepBudget()
  return { call, provedCaller: caller, time: 0, input: {}, found: [], recipient: undefined, budget }
}

/** Returns the text of the denial; undefined if the call is allowed. */
function denialOf(facts: CallFacts, key: ResolvedKey): string | undefined {
  return refusalOf(facts, key)?.text
}

/** Returns the denial; undefined if the call is allowed. */
function refusalOf(facts: CallFacts, key: ResolvedKey): ServiceError | undefined {
  const requirement = { from: () => undefined, forms: 'key' } as const
  const named = { name: 'key', requirement, action: 'kms:Encrypt', input: {}, caller: facts.provedCaller }
  const found: FoundKey = { ...named, key, namedAs: key.arn, now: 0 }
  try {
    const pending = newAuthorizer().authorizeKey(facts, found, {
      findGrantFor: () => assert.fail('no grant is looked up'),
    })
    assert.equal(pending, undefined, 'nothing has to wait')
    return undefined
  } catch (error) {
    assert.ok(error instanceof ServiceError)
    return error
  }
}

const anything = {
  arn: '*',
  conditions: undefined,
  policy: undefined,
} as unknown as ResourceRequirement<never>
const open = keyWith(document({ ...statement('Allow', 'kms:*'), Principal: { AWS: principal.arn } }))
const text = (because: string) =>
  `User: ${principal.arn} is not authorized to perform: kms:Encrypt on resource: ${open.arn} ${because}`

test('the policy of an endpoint must allow the requests that come through it', () => {
  assert.equal(denialOf(factsOf(undefined), open), undefined)
  assert.equal(denialOf(factsOf(everything), open), undefined)
  const narrow = endpointWith(document({ ...statement('Allow', 'kms:Decrypt'), Principal: '*' }))
  const implicit = 'because no VPC endpoint policy allows the kms:Encrypt action'
  assert.equal(denialOf(factsOf(narrow), open), text(implicit))
  const denies = { ...statement('Deny', 'kms:Encrypt'), Principal: '*' }
  const denying = endpointWith(document({ ...statement('Allow', '*'), Principal: '*' }, denies))
  assert.equal(denialOf(factsOf(denying), open), text('with an explicit deny in a VPC endpoint policy'))
  // A call of a service that comes through the endpoint is judged like any other.
  assert.equal(
    denialOf(factsOf(denying, viaS3), open),
    text('with an explicit deny in a VPC endpoint policy'),
  )
})

test('a stored policy of an endpoint that cannot be read denies everything, and is reported', () => {
  const reported: unknown[] = []
  const authorizer = new Authorizer({
    organization,
    conditionKeys: [],
    onUnreadablePolicy: policy => reported.push(policy),
    onUndecided: () => assert.fail(),
  })
  const authorize = () =>
    authorizer.authorizeResource(factsOf(endpointWith('{"Statement":7}')), 'kms:ListKeys', anything)
  assert.throws(authorize, /with an explicit deny in a VPC endpoint policy/)
  assert.throws(authorize, /with an explicit deny in a VPC endpoint policy/)
  assert.equal(reported.length, 1)
  const of = `arn:aws:ec2:us-east-1:${accountId}:vpc-endpoint/vpce-1`
  assert.deepEqual({ ...(reported[0] as object), problem: '' }, { policy: 'vpce-1', of, problem: '' })
})

// The owner of the endpoint is not the caller's account, so that no value can come from the caller.
const owner = '222222222222'
const path = 'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/'
const withOwner: Organization = {
  ofAccount: account =>
    account === owner
      ? {
          ...{ serviceControlPolicies: undefined, resourceControlPolicies: undefined },
          place: { organizationId: 'o-a1b2c3d4e5', path },
        }
      : undefined,
}
const foreignEndpoint = {
  ...everything,
  accountId: owner,
  vpcArn: `arn:aws:ec2:us-east-1:${owner}:vpc/vpc-1`,
}

test('a request through an endpoint has the condition keys of the endpoint instead of aws:SourceIp', () => {
  const valuesOf = (facts: CallFacts) => {
    const question = { action: 'kms:Encrypt', found: undefined, conditions: undefined }
    const context = new RequestContext(facts, question, {
      organization: withOwner,
      conditionKeys: new Map(),
    })
    const keys = ['sourcevpce', 'sourcevpc', 'sourcevpcarn', 'vpcsourceip', 'vpceaccount']
      .concat('vpceorgid', 'vpceorgpaths', 'sourceip', 'securetransport')
      .map(key => [key, context.valuesOf(`aws:${key}`)] as const)
    return Object.fromEntries(keys.filter(([, values]) => values !== undefined))
  }
  const securetransport = ['true']
  assert.deepEqual(valuesOf(factsOf(foreignEndpoint)), {
    ...{ sourcevpce: ['vpce-1'], sourcevpc: ['vpc-1'], vpcsourceip: ['192.0.2.1'], securetransport },
    sourcevpcarn: ['arn:aws:ec2:us-east-1:222222222222:vpc/vpc-1'],
    ...{ vpceaccount: [owner], vpceorgid: ['o-a1b2c3d4e5'], vpceorgpaths: [path] },
  })
  assert.deepEqual(valuesOf(factsOf(undefined)), { sourceip: ['192.0.2.1'], securetransport })
  assert.deepEqual(valuesOf(factsOf(foreignEndpoint, viaS3)), { securetransport })
})

test('the reason of a denial names the statements that applied, up to a limit', () => {
  const denies = Array.from({ length: 300 }, (_, index) => ({
    ...statement('Deny', 'kms:Encrypt', { Sid: `statement${index}` }),
    Principal: '*',
  }))
  const closed = keyWith(document(...denies))
  const found = {
    caller: factsOf(undefined).provedCaller,
    key: closed,
    action: 'kms:Encrypt',
    namedAs: closed.arn,
    now: 0,
  }
  const requirement = { from: () => undefined, forms: 'key' } as const
  const authorizer = newAuthorizer()
  const authorize = () =>
    authorizer.authorizeKey(
      factsOf(undefined),
      { ...found, name: 'key', requirement, input: {} },
      {} as never,
    )
  assert.throws(authorize, (error: unknown) => {
    assert.ok(error instanceof ServiceError)
    assert.match(
      error.reason ?? '',
      /^explicitDeny: Deny by statement0 of key policy \(resource-based, directly\), /,
    )
    assert.ok((error.reason ?? '').length < 5000)
    return true
  })
})
