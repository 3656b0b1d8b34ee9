import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Endpoint } from '../../../src/operation/index.ts'
import { readAuditRecords, reasonOf } from '../../fixtures/keyward-process.ts'
import { issuerJwks, issuerKeys, signToken } from '../../fixtures/oidc-issuer.ts'
import { callQuery, callUnsigned, type QueryAnswer } from '../../fixtures/query-call.ts'
import { RawConnection } from '../../fixtures/raw-connection.ts'
import { allow, credentialsOf, deny, seedUser } from '../../fixtures/seed.ts'
import { endpointOf, endpointServer } from '../../fixtures/worlds/endpoint-server.ts'

// Calls of STS through a VPC endpoint (IAM user guide, "Control access to AWS STS with VPC endpoint policies"): the policy of the endpoint is
// a boundary beside the other policies. It must allow both kinds of callers: principals of AWS, which sign, and federated callers, whose
// requests have no key such as aws:PrincipalAccount.

const [home, abroad] = ['000000000000', '111111111111']
const host = 'oidc.example.com/cluster/7'
const issuer = `https://${host}`
const [audience, subject] = ['sts.amazonaws.com', 'system:serviceaccount:team:app']
const provider = `arn:aws:iam::${home}:oidc-provider/${host}`
const roleArnOf = (name: string) => `arn:aws:iam::${home}:role/${name}`

const { vpceId } = endpointOf(home)
const isThrough = { StringEquals: { 'aws:SourceVpce': vpceId } }
const byUsers = (Condition?: object) => ({
  ...{ Effect: 'Allow', Principal: { AWS: [`arn:aws:iam::${home}:root`, `arn:aws:iam::${abroad}:root`] } },
  Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  ...(Condition && { Condition }),
})
const byToken = (Condition?: object) => ({
  ...{ Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithWebIdentity' },
  ...(Condition && { Condition }),
})
const role = (name: string, Statement: object | object[]) => ({
  ...{ name, trust: { Version: '2012-10-17', Statement } },
})

const server = await endpointServer({
  regions: ['eu-west-1', 'us-east-1'],
  environment: {
    KEYWARD_OIDC_ISSUERS: JSON.stringify([{ issuer, audiences: [audience], jwks: issuerJwks() }]),
  },
  seed: {
    accounts: [
      {
        id: home,
        users: [seedUser('asker', allow('sts:*')), seedUser('nobody')],
        roles: [
          role('app', [byUsers(), byToken()]),
          role('other', [byUsers(), byToken()]),
          role('inside', [byUsers(isThrough), byToken(isThrough)]),
          role('guarded', [
            ...[byUsers(), byToken()],
            ...[byUsers(), byToken()].map(statement => ({
              ...{ ...statement, Effect: 'Deny' },
              Condition: { StringNotEquals: { 'aws:SourceVpce': vpceId } },
            })),
          ]),
        ],
      },
      { id: abroad, users: [seedUser('stranger', allow('sts:*'))] },
    ],
  },
})

const ofSts = (...statements: object[]): Endpoint => ({ ...endpointOf(home, ...statements), service: 'sts' })
const open = ofSts(allow('*', '*', '*'))
const through = <T>(endpoint: Endpoint | undefined, act: () => Promise<T>) =>
  endpoint === undefined ? act() : server.through(endpoint, act)

type Parameters = Readonly<Record<string, string>>
const signed =
  (action: string, parameters: Parameters, user = 'asker') =>
  () =>
    callQuery(server, 'sts', action, parameters, credentialsOf(user))

const session = (name: string) => ({ RoleArn: roleArnOf(name), RoleSessionName: 'work' })
const assume = (name: string, more: Parameters = {}, user?: string) =>
  signed('AssumeRole', { ...session(name), ...more }, user)
const now = () => Math.floor(Date.now() / 1000)
const login = (name: string) => () => {
  const claims = { iss: issuer, sub: subject, aud: audience, iat: now(), exp: now() + 600 }
  const WebIdentityToken = signToken({ alg: 'RS256', kid: 'rsa', typ: 'JWT' }, claims, issuerKeys.rsa)
  return callUnsigned(server, 'sts', 'AssumeRoleWithWebIdentity', { ...session(name), WebIdentityToken })
}

/** Performs a call and returns its answer with its records. */
async function recorded(endpoint: Endpoint | undefined, act: () => Promise<QueryAnswer>) {
  const before = readAuditRecords(server.dataDirectory).length
  const answer = await through(endpoint, act)
  const records = readAuditRecords(server.dataDirectory).slice(before)
  return { answer, records, code: answer.find('Code') ?? '' }
}

/** Calls that policies decide about, each with the action and the resource, and with the code that a call gets that they allow. */
const judged: readonly (readonly [
  action: string,
  resource: string,
  call: () => Promise<QueryAnswer>,
  code?: string,
])[] = [
  ['sts:AssumeRole', roleArnOf('app'), assume('app')],
  ['sts:AssumeRoleWithWebIdentity', roleArnOf('app'), login('app')],
  [
    'sts:GetFederationToken',
    `arn:aws:sts::${home}:federated-user/bob`,
    signed('GetFederationToken', { Name: 'bob' }),
  ],
  [
    'sts:DecodeAuthorizationMessage',
    '*',
    signed('DecodeAuthorizationMessage', { EncodedMessage: 'x' }),
    'InvalidAuthorizationMessageException',
  ],
  [
    'sts:GetAccessKeyInfo',
    '*',
    signed('GetAccessKeyInfo', { AccessKeyId: credentialsOf('nobody').accessKeyId }),
  ],
]

for (const [action, resource, call, code = ''] of judged)
  describe(`${action} through an endpoint`, () => {
    test('needs an allow of the endpoint, for the action and the resource', async () => {
      for (const endpoint of [open, ofSts(allow(action, resource, '*'))]) {
        const passed = await recorded(endpoint, call)
        assert.equal(passed.code, code, passed.answer.text)
        assert.ok(passed.records.length > 0)
        for (const { vpcEndpointId, eventCategory } of passed.records)
          assert.deepEqual([vpcEndpointId, eventCategory], [vpceId, 'Management'])
      }
    })

    test('is denied by the endpoint alone, which a network activity event records', async () => {
      const elsewhere = resource === '*' ? [] : [ofSts(allow('sts:*', roleArnOf('other'), '*'))]
      const denying = ofSts(allow('*', '*', '*'), deny(action, '*', '*'))
      for (const endpoint of [ofSts(allow('sts:GetServiceBearerToken', '*', '*')), denying, ...elsewhere]) {
        const { code, records } = await recorded(endpoint, call)
        assert.equal(code, 'AccessDenied')
        assert.deepEqual(
          records.map(({ errorCode, eventCategory, eventSource, eventName, vpcEndpointId, awsRegion }) => [
            ...[errorCode, eventCategory, eventSource, `sts:${eventName}`, vpcEndpointId, awsRegion],
          ]),
          [['VpceAccessDenied', 'NetworkActivity', 'sts.amazonaws.com', action, vpceId, 'us-east-1']],
        )
        assert.match(reasonOf(records[0]) ?? '', /VPC endpoint/)
      }
    })
  })

test('the further actions of a session need an allow of the endpoint, too', async () => {
  const tagged = assume('app', { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'a' })
  const named = assume('app', { SourceIdentity: 'ann' })
  for (const [action, call] of [
    ['sts:TagSession', tagged],
    ['sts:SetSourceIdentity', named],
  ] as const) {
    const plain = ofSts(allow('sts:AssumeRole', '*', '*'))
    assert.equal((await recorded(plain, call)).code, 'AccessDenied')
    assert.equal((await recorded(plain, assume('app'))).code, '')
    assert.equal((await recorded(ofSts(allow(['sts:AssumeRole', action], '*', '*')), call)).code, '')
  }
})

test('a call that other policies deny too has a management event', async () => {
  const nobody = assume('app', {}, 'nobody')
  const narrow = ofSts(allow('sts:GetServiceBearerToken', '*', '*'))
  // The trust policy names the account, so the user needs a policy of its own.
  for (const [endpoint, call] of [
    [narrow, nobody],
    [open, nobody],
    [narrow, signed('GetFederationToken', { Name: 'bob' }, 'nobody')],
  ] as const) {
    const { code, records } = await recorded(endpoint, call)
    assert.equal(code, 'AccessDenied')
    assert.deepEqual(
      records.map(({ eventCategory, vpcEndpointId }) => [eventCategory, vpcEndpointId]),
      [['Management', vpceId]],
    )
  }
})

test('the caller of a different account is denied by the endpoint, and its owner learns the account alone', async () => {
  const stranger = assume('app', {}, 'stranger')
  assert.equal((await recorded(open, stranger)).code, '')
  const ownAccount = { StringEquals: { 'aws:PrincipalAccount': home } }
  const perimeter = ofSts({ ...allow('*', '*', '*'), Condition: ownAccount })
  const { code, records } = await recorded(perimeter, stranger)
  assert.equal(code, 'AccessDenied')
  const [record, ...more] = records
  assert.deepEqual(more, [])
  const { accessKeyId } = credentialsOf('stranger')
  assert.deepEqual(record?.['userIdentity'], {
    ...{ type: 'AWSAccount', principalId: accessKeyId, accountId: abroad },
  })
  assert.equal((await recorded(perimeter, assume('app'))).code, '')
})

// No permission is needed for them (AWS STS API reference, "GetCallerIdentity"; IAM user guide, "Permissions for GetSessionToken"), so no
// policy takes part.
test('GetCallerIdentity and GetSessionToken pass whatever the endpoint allows', async () => {
  for (const action of ['GetCallerIdentity', 'GetSessionToken']) {
    const { code, records } = await recorded(ofSts(deny('*', '*', '*')), signed(action, {}, 'nobody'))
    assert.equal(code, '')
    assert.deepEqual(
      records.map(({ vpcEndpointId }) => vpcEndpointId),
      [vpceId],
    )
  }
})

describe('a federated caller at an endpoint', () => {
  const account = { StringEquals: { 'aws:PrincipalAccount': home } }
  const federated = (Federated: string, more: object = {}) => ({
    ...{ Effect: 'Allow', Action: '*', Resource: '*', Principal: { Federated } },
    ...more,
  })
  const cases: Readonly<Record<string, readonly [code: string, ofToken: Endpoint, ofUser: string]>> = {
    'has no account, which the policy demands': [
      'AccessDenied',
      ofSts({ ...allow('*', '*', '*'), Condition: account }),
      '',
    ],
    'is no principal of the account': [
      'AccessDenied',
      ofSts(allow('*', '*', `arn:aws:iam::${home}:root`)),
      '',
    ],
    'is one of its provider': ['', ofSts(federated(provider)), 'AccessDenied'],
    'is not one of a different provider': ['AccessDenied', ofSts(federated(`${provider}8`)), 'AccessDenied'],
    // AWS's data perimeter policy examples, sts_endpoint_policy.json
    'is one of all providers': ['', ofSts(federated('*')), 'AccessDenied'],
    'is denied as one of all providers': [
      'AccessDenied',
      ofSts(allow('*', '*', '*'), federated('*', { Effect: 'Deny' })),
      '',
    ],
  }
  for (const [name, [ofToken, endpoint, ofUser]] of Object.entries(cases))
    test(name, async () => {
      assert.equal((await recorded(endpoint, login('app'))).code, ofToken)
      assert.equal((await recorded(endpoint, assume('app'))).code, ofUser)
    })

  test('sends its request to the Region of the endpoint', async () => {
    const regional = ofSts({
      ...allow('*', '*', '*'),
      Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
    })
    const { code, records } = await recorded(regional, login('app'))
    const regionOf = (record: object | undefined) => {
      const { awsRegion, additionalEventData } = record as Record<string, unknown>
      return [awsRegion, additionalEventData]
    }
    const regionalOf = (awsServingRegion: string) => [
      awsServingRegion,
      { RequestDetails: { awsServingRegion, endpointType: 'regional' } },
    ]
    assert.equal(code, '')
    assert.deepEqual(regionOf(records[0]), regionalOf('us-east-1'))
    assert.deepEqual(regionOf((await recorded(undefined, login('app'))).records[0]), regionalOf('eu-west-1'))
    const refused = await recorded(open, () =>
      callUnsigned(server, 'sts', 'AssumeRoleWithWebIdentity', {
        ...session('app'),
        WebIdentityToken: 'x.y.z',
      }),
    )
    assert.equal(refused.records[0]?.['awsRegion'], 'us-east-1')
  })
})

test('a request that names the global endpoint is one of the Region of the VPC endpoint', async () => {
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  const send = async () => {
    const connection = await RawConnection.open(server.url)
    const type = 'Content-Type: application/x-www-form-urlencoded'
    const head = `POST / HTTP/1.1\r\nHost: sts.amazonaws.com\r\n${type}\r\nContent-Length: ${body.length}`
    connection.write(`${head}\r\n\r\n${body}`)
    await connection.read()
    connection.destroy()
  }
  for (const [endpoint, awsServingRegion, endpointType] of [
    [{ ...open, region: 'eu-west-1' }, 'eu-west-1', 'regional'],
    [undefined, 'us-east-1', 'global'],
  ] as const) {
    await through(endpoint, send)
    const record = readAuditRecords(server.dataDirectory).at(-1) ?? {}
    assert.equal(record['awsRegion'], awsServingRegion)
    const RequestDetails = { awsServingRegion, endpointType }
    assert.deepEqual(record['additionalEventData'], { RequestDetails })
  }
})

test('a trust policy can demand the endpoint', async () => {
  const other = { ...open, vpceId: 'vpce-0ffffffffffffffff' }
  for (const name of ['inside', 'guarded'])
    for (const call of [assume(name), login(name)]) {
      assert.equal((await recorded(open, call)).code, '', name)
      for (const elsewhere of [undefined, other])
        assert.equal((await recorded(elsewhere, call)).code, 'AccessDenied', name)
    }
})
