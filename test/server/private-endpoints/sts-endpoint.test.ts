import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KMS } from '@aws-sdk/client-kms'
import { STS } from '@aws-sdk/client-sts'
import { administratorOf, fromWire } from '../../fixtures/clients.ts'
import { readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { issuerJwks, issuerKeys, signToken } from '../../fixtures/oidc-issuer.ts'
import {
  loopbackNetwork,
  loopbackSubnetA,
  loopbackVpc,
} from '../../fixtures/private-endpoints/loopback-network.ts'
import { callQuery } from '../../fixtures/query-call.ts'
import { refused } from '../../fixtures/worlds/sts.ts'

// A network with no other way out has two endpoints: its applications assume roles through one and use keys through the other. The names are
// those of the AWS KMS developer guide and of the AWS General Reference, "AWS Security Token Service endpoints".

const account = '000000000000'
const host = 'oidc.example.com'
const { port, environment } = await loopbackNetwork()
const server = await startKeyward({
  environment: {
    ...environment,
    // The default Region is not that of the network.
    KEYWARD_REGIONS: 'eu-west-1,us-east-1',
    KEYWARD_OIDC_ISSUERS: JSON.stringify([
      { issuer: `https://${host}`, audiences: ['sts.amazonaws.com'], jwks: issuerJwks() },
    ]),
  },
})
after(() => server.stop())
const admin = administratorOf(server)

async function call(service: 'ec2' | 'iam', action: string, parameters: Readonly<Record<string, string>>) {
  const answer = await callQuery(server, service, action, parameters, admin)
  assert.equal(answer.status, 200, answer.text)
  return answer
}

/** Makes an endpoint with private DNS, waits until it accepts, and returns its id, its address and its names. */
async function makeEndpoint(service: string) {
  const made = await call('ec2', 'CreateVpcEndpoint', {
    ...{ VpcId: loopbackVpc, VpcEndpointType: 'Interface', 'SubnetId.1': loopbackSubnetA },
    ServiceName: `com.amazonaws.us-east-1.${service}`,
  })
  const id = made.find('vpcEndpointId') ?? ''
  const stateOf = async () =>
    (await call('ec2', 'DescribeVpcEndpoints', { 'VpcEndpointId.1': id })).find('state')
  for (let tries = 0; tries < 100 && (await stateOf()) !== 'available'; tries++) await sleep(50)
  const place = await call('ec2', 'DescribeNetworkInterfaces', {
    'NetworkInterfaceId.1': /<item>(eni-[0-9a-f]+)</.exec(made.text)?.[1] ?? '',
  })
  const names = [...made.text.matchAll(/<dnsName>([^<]+)</g)].map(([, name = '']) => name)
  return { id, address: place.find('privateIpAddress') ?? '', names }
}

const ofKms = await makeEndpoint('kms')
const ofSts = await makeEndpoint('sts')

/** The settings of an SDK in the network: a name, and the address that the resolver of the network has for it. */
function at(name: string, address: string) {
  const lookup: LookupFunction = (_name, options, found) =>
    options.all === true ? found(null, [{ address, family: 4 }]) : found(null, address, 4)
  const ca = readFileSync(join(server.dataDirectory, 'tls', `ca-${loopbackVpc}.pem`), 'utf8')
  const httpsAgent = new Agent({ keepAlive: true, ca, lookup })
  after(() => httpsAgent.destroy())
  const endpoint = `https://${name}:${port}`
  return { endpoint, region: 'us-east-1', maxAttempts: 1, requestHandler: { httpsAgent } }
}

const isThrough = { StringEquals: { 'aws:SourceVpce': ofSts.id } }
const Statement = [
  {
    ...{ Effect: 'Allow', Action: 'sts:AssumeRole', Condition: isThrough },
    Principal: { AWS: `arn:aws:iam::${account}:root` },
  },
  {
    ...{ Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Condition: isThrough },
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${host}` },
  },
]
const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const RoleArn = `arn:aws:iam::${account}:role/app`
const session = { RoleArn, RoleSessionName: 'work' }
await call('iam', 'CreateUser', { UserName: 'asker' })
const key = await call('iam', 'CreateAccessKey', { UserName: 'asker' })
const asker = {
  accessKeyId: key.find('AccessKeyId') ?? '',
  secretAccessKey: key.find('SecretAccessKey') ?? '',
}
await call('iam', 'PutUserPolicy', {
  ...{ UserName: 'asker', PolicyName: 'p' },
  PolicyDocument: document({ Effect: 'Allow', Action: 'sts:*', Resource: '*' }),
})
await call('iam', 'CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: document(...Statement) })
await call('iam', 'PutRolePolicy', {
  ...{ RoleName: 'app', PolicyName: 'p' },
  PolicyDocument: document({ Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' }),
})

test('an endpoint of STS has the names of its service, and each endpoint has an address of its own', () => {
  const own = new RegExp(`^${ofSts.id}-[a-z0-9]{8}(-us-east-1a)?\\.sts\\.us-east-1\\.vpce\\.amazonaws\\.com$`)
  assert.equal(ofSts.names.length, 3)
  for (const name of ofSts.names.slice(0, 2)) assert.match(name, own)
  assert.equal(ofSts.names[2], 'sts.us-east-1.amazonaws.com')
  assert.notEqual(ofSts.address, ofKms.address)
})

test('an application assumes a role through one endpoint and uses keys through the other', async () => {
  for (const name of ofSts.names) {
    const sts = new STS({ ...at(name, ofSts.address), credentials: asker })
    const { Credentials } = await sts.assumeRole(session)
    const record = readAuditRecords(server.dataDirectory).at(-1) ?? {}
    assert.deepEqual([record['eventName'], record['vpcEndpointId']], ['AssumeRole', ofSts.id])
    const kms = new KMS({
      ...at('kms.us-east-1.amazonaws.com', ofKms.address),
      credentials: fromWire(Credentials),
    })
    assert.deepEqual((await kms.listKeys()).Keys, [])
  }
  const outside = new STS({ endpoint: server.url, region: 'us-east-1', credentials: asker, maxAttempts: 1 })
  await refused(outside.assumeRole(session), 'AccessDenied')
})

test('the bearer of a token needs no signature, and the Region is that of the endpoint', async () => {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: `https://${host}`, sub: 'app', aud: 'sts.amazonaws.com', iat: now, exp: now + 600 }
  const WebIdentityToken = signToken({ alg: 'RS256', kid: 'rsa' }, claims, issuerKeys.rsa)
  const sts = new STS({
    ...at('sts.us-east-1.amazonaws.com', ofSts.address),
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  })
  await sts.assumeRoleWithWebIdentity({ ...session, WebIdentityToken })
  const { eventName, awsRegion, vpcEndpointId } = readAuditRecords(server.dataDirectory).at(-1) ?? {}
  assert.deepEqual(
    [eventName, awsRegion, vpcEndpointId],
    ['AssumeRoleWithWebIdentity', 'us-east-1', ofSts.id],
  )
})

test('an endpoint leads to no other service and to no other Region', async () => {
  const sts = at('sts.us-east-1.amazonaws.com', ofSts.address)
  const kms = at('kms.us-east-1.amazonaws.com', ofKms.address)
  await refused(new KMS({ ...sts, credentials: admin }).listKeys(), 'UnknownOperationException')
  await refused(new STS({ ...kms, credentials: admin }).getCallerIdentity(), 'InvalidAction')
  const elsewhere = new STS({ ...sts, region: 'eu-west-1', credentials: asker })
  await refused(elsewhere.getCallerIdentity(), 'SignatureDoesNotMatch', /valid region/)
})

test('a changed policy holds for the next call on an open connection', async () => {
  const sts = new STS({ ...at('sts.us-east-1.amazonaws.com', ofSts.address), credentials: asker })
  await sts.assumeRole(session)
  await call('ec2', 'ModifyVpcEndpoint', {
    VpcEndpointId: ofSts.id,
    PolicyDocument: document({
      ...{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRoleWithWebIdentity', Resource: '*' },
    }),
  })
  await refused(sts.assumeRole(session), 'AccessDenied')
  const { errorCode, eventCategory, vpcEndpointId } = readAuditRecords(server.dataDirectory).at(-1) ?? {}
  assert.deepEqual(
    [errorCode, eventCategory, vpcEndpointId],
    ['VpceAccessDenied', 'NetworkActivity', ofSts.id],
  )
})
