import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { policyOf } from '../../fixtures/caller.ts'
import { administratorOf, signPost } from '../../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { issuerJwks, issuerKeys, signToken } from '../../fixtures/oidc-issuer.ts'
import { callUnsigned } from '../../fixtures/query-call.ts'
import { RawConnection } from '../../fixtures/raw-connection.ts'
import { allow, credentialsOf } from '../../fixtures/seed.ts'
import {
  assume,
  elsewhere,
  fromWire,
  home,
  makeRole,
  refused,
  startStsWorld,
  stsOf,
  trust,
} from '../../fixtures/worlds/sts.ts'
import { assertGolden } from '../audit/golden/golden-record.ts'

// The audit records of STS beside those that AWS wrote for the same calls.

const host = 'oidc.example.com'
const provider = `arn:aws:iam::${home}:oidc-provider/${host}`
const asker = credentialsOf('asker')

let keyward: KeywardProcess
before(async () => {
  const issuer = { issuer: `https://${host}`, audiences: ['sts.amazonaws.com'], jwks: issuerJwks() }
  keyward = await startStsWorld({ KEYWARD_OIDC_ISSUERS: JSON.stringify([issuer]) })
})
after(() => keyward.stop())

const records = () => readAuditRecords(keyward.dataDirectory)
const lastRecord = () => records().at(-1)
const everything = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']

test('AssumeRole', async () => {
  const role = await makeRole(keyward, 'worker', trust({ AWS: home }))
  await assume(keyward, asker, { RoleArn: role, RoleSessionName: 'work', DurationSeconds: 900 })
  assertGolden(lastRecord(), 'sts/AssumeRole')
})

test('AssumeRole that is denied', async () => {
  const role = await makeRole(keyward, 'closed', trust({ AWS: elsewhere }))
  await refused(stsOf(keyward, asker).assumeRole({ RoleArn: role, RoleSessionName: 'work' }), 'AccessDenied')
  const { keyward: _, ...record } = lastRecord() ?? {}
  assertGolden(record, 'sts/AssumeRole-AccessDenied')
})

test('AssumeRole of a role of a different account, in both accounts', async () => {
  const RoleArn = await makeRole(keyward, 'shared', trust({ AWS: elsewhere }, {}, everything))
  const input = { RoleArn, RoleSessionName: 'stranger-dev', SourceIdentity: 'stranger' }
  await assume(keyward, credentialsOf('stranger'), input)
  const [own, theirs] = records().slice(-2)
  assertGolden(own, 'sts/AssumeRole-of-other-account')
  assertGolden(theirs, 'sts/AssumeRole-by-other-account')
  assert.equal(own?.['sharedEventID'], theirs?.['sharedEventID'])
  assert.deepEqual([own?.['recipientAccountId'], theirs?.['recipientAccountId']], [elsewhere, home])
})

test('AssumeRole of a session that passes on tags', async () => {
  const first = await makeRole(keyward, 'first', trust({ AWS: home }, {}, everything), { actions: ['sts:*'] })
  const second = await makeRole(keyward, 'second', trust({ AWS: home }, {}, everything))
  const session = await assume(keyward, asker, {
    ...{ RoleArn: first, RoleSessionName: 'work', SourceIdentity: 'asker' },
    Tags: [
      { Key: 'Department', Value: 'Engineering' },
      { Key: 'Floor', Value: '2' },
    ],
    TransitiveTagKeys: ['Department'],
  })
  await assume(keyward, session, {
    ...{ RoleArn: second, RoleSessionName: 'tagged', SourceIdentity: 'asker', DurationSeconds: 3600 },
    Tags: [
      { Key: 'Email', Value: 'asker@example.com' },
      { Key: 'CostCenter', Value: '12345' },
    ],
    TransitiveTagKeys: ['Email', 'CostCenter'],
  })
  assertGolden(withPackedSize(lastRecord(), 1), 'sts/AssumeRole-chained')
})

test('AssumeRoleWithWebIdentity', async () => {
  const parameters = { MaxSessionDuration: '3600' }
  const action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity']
  const RoleArn = await makeRole(keyward, 'web', trust({ Federated: provider }, {}, action), { parameters })
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    ...{ iss: `https://${host}`, sub: 'app', aud: 'sts.amazonaws.com', iat: now, exp: now + 600 },
    'https://aws.amazon.com/tags': {
      principal_tags: { CostCenter: ['24680'], Project: ['Pegasus'] },
      transitive_tag_keys: ['CostCenter', 'Project'],
    },
    'https://aws.amazon.com/source_identity': 'app',
  }
  const WebIdentityToken = signToken({ alg: 'RS256', kid: 'rsa' }, claims, issuerKeys.rsa)
  const input = { RoleArn, RoleSessionName: 'web-1', WebIdentityToken, DurationSeconds: '3600' }
  const { status, text } = await callUnsigned(keyward, 'sts', 'AssumeRoleWithWebIdentity', input)
  assert.equal(status, 200, text)
  const record = lastRecord()
  const { packedPolicySize: _, ...elements } = (record?.['responseElements'] ?? {}) as Record<string, unknown>
  assertGolden({ ...record, responseElements: elements }, 'sts/AssumeRoleWithWebIdentity')
})

test('GetFederationToken, and a call of the federated user', async () => {
  const Policy = policyOf(allow('kms:ListKeys'))
  const { Credentials } = await stsOf(keyward, asker).getFederationToken({ Name: 'guest', Policy })
  assertGolden(withPackedSize(lastRecord(), 4), 'sts/GetFederationToken', {
    requestParameters: { name: 'guest', policy: Policy },
  })
  await stsOf(keyward, fromWire(Credentials)).getCallerIdentity({})
  assertGolden(lastRecord(), 'sts/GetCallerIdentity-of-federated-user')
})

test('GetCallerIdentity of a user and of a role', async () => {
  await stsOf(keyward, asker).getCallerIdentity({})
  assertGolden(lastRecord(), 'sts/GetCallerIdentity')
  const role = await makeRole(keyward, 'worker-2', trust({ AWS: home }))
  const session = await assume(keyward, asker, { RoleArn: role, RoleSessionName: 'work' })
  await stsOf(keyward, session).getCallerIdentity({})
  const record = JSON.parse(JSON.stringify(lastRecord()).replaceAll('worker-2', 'worker'))
  assertGolden(record, 'sts/GetCallerIdentity-of-role')
})

/** A record with the size that the session policies and tags of the published record had. */
function withPackedSize(record: Record<string, unknown> | undefined, packedPolicySize: number) {
  const elements = record?.['responseElements'] as Record<string, unknown>
  assert.equal(typeof elements['packedPolicySize'], 'number')
  return { ...record, responseElements: { ...elements, packedPolicySize } }
}

test('GetSessionToken and GetFederationToken count as changes, as in AWS, and the other operations do not', async () => {
  const sts = stsOf(keyward, asker)
  await sts.getSessionToken({ DurationSeconds: 900 })
  const { readOnly, requestParameters, responseElements } = lastRecord() ?? {}
  const { credentials } = responseElements as Record<string, object>
  assert.deepEqual([readOnly, requestParameters], [false, { durationSeconds: 900 }])
  assert.deepEqual(Object.keys(credentials ?? {}), ['accessKeyId', 'expiration'])
  const changes = records().filter(record => record['readOnly'] === false)
  const names = new Set(
    changes
      .filter(({ eventSource }) => eventSource === 'sts.amazonaws.com')
      .map(({ eventName }) => eventName),
  )
  assert.deepEqual([...names].sort(), ['GetFederationToken', 'GetSessionToken'])
})

test('records say which endpoint of STS served the call, also for calls that fail', async () => {
  const there = await startKeyward({ environment: { KEYWARD_REGIONS: 'eu-central-1' } })
  try {
    const body = 'Action=GetCallerIdentity&Version=2011-06-15'
    for (const [host, region, endpointType] of [
      ['sts.eu-central-1.amazonaws.com', 'eu-central-1', 'regional'],
      ['sts.amazonaws.com', 'us-east-1', 'global'],
      ['localhost:4600', 'eu-central-1', 'regional'],
    ] as const) {
      const RequestDetails = { awsServingRegion: region, endpointType }
      for (const form of [body, `${body}&RoleArn=x`.replace('GetCallerIdentity', 'AssumeRole')]) {
        await callAt(there, host, region, form)
        const { awsRegion, additionalEventData } = readAuditRecords(there.dataDirectory).at(-1) ?? {}
        assert.deepEqual([awsRegion, additionalEventData], [region, { RequestDetails }], host)
      }
      // Without a signature, the host alone says which Region is meant.
      await sendAt(there, host, body, {})
      const { awsRegion, additionalEventData } = readAuditRecords(there.dataDirectory).at(-1) ?? {}
      assert.deepEqual([awsRegion, additionalEventData], [region, { RequestDetails }], host)
    }
  } finally {
    await there.stop()
  }
})

/** Signs a form for a host name that the test machine does not have, and sends it. */
async function callAt(server: KeywardProcess, host: string, region: string, body: string): Promise<void> {
  const headers = { host, 'content-type': 'application/x-www-form-urlencoded' }
  const credentials = administratorOf(server)
  const signed = await signPost(server, { service: 'sts', credentials, region, headers, body })
  const { host: _, ...others } = signed
  await sendAt(server, host, body, others)
}

async function sendAt(
  server: KeywardProcess,
  host: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const all = { host, 'content-type': 'application/x-www-form-urlencoded', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const connection = await RawConnection.open(server.url)
  connection.write(`POST / HTTP/1.1\r\n${lines.join('')}Content-Length: ${body.length}\r\n\r\n${body}`)
  await connection.read()
  connection.destroy()
}
