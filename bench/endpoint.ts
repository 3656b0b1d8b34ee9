import { setTimeout as sleep } from 'node:timers/promises'
import { administratorOf, callRaw, signPost } from '../test/fixtures/clients.ts'
import {
  loopbackNetwork,
  loopbackSubnetA,
  loopbackVpc,
} from '../test/fixtures/private-endpoints/loopback-network.ts'
import { leaveMeasuredCore, type Server, startKeyward, stop, withDataDirectory } from './machine.ts'
import { measurePair } from './pair.ts'
import { createKey, dataKeyInput, makeRequests } from './requests.ts'
import { overTls } from './tls.ts'

// The cost of a private endpoint whose policy has ten statements, beside the public listener: both over TLS.

const connections = 32

/**
 * Ten statements, as an endpoint has them that serves several applications. Nine do not allow the call: for their action, resource,
 * principal or condition.
 */
const policyFor = (accountId: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      ...['kms:Sign', 'kms:GenerateMac', 'kms:CreateGrant'].map(Action => ({ ...allowAll, Action })),
      ...['1', '2', '3'].map(digit => ({
        ...allowAll,
        Resource: `arn:aws:kms:us-east-1:${accountId}:key/${digit.repeat(8)}-1111-4111-8111-111111111111`,
      })),
      ...['orders', 'billing'].map(role => ({
        ...allowAll,
        Principal: { AWS: `arn:aws:iam::${accountId}:role/${role}` },
      })),
      { ...allowAll, Condition: { StringEquals: { 'aws:PrincipalAccount': '111122223333' } } },
      { ...allowAll, Condition: { StringEquals: { 'aws:PrincipalAccount': accountId } } },
    ],
  })

const allowAll = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }

async function callEc2(server: Server, action: string, parameters: Record<string, string>): Promise<string> {
  const body = String(new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }))
  const headers = await signPost(server, {
    ...{ service: 'ec2', region: 'us-east-1', body },
    credentials: administratorOf(server),
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  })
  const { status, text } = await callRaw(server, body, headers)
  if (status !== 200) throw new Error(`${action}: ${text}`)
  return text
}

async function makeEndpoint(server: Server): Promise<void> {
  await callEc2(server, 'CreateVpcEndpoint', {
    ...{ VpcId: loopbackVpc, VpcEndpointType: 'Interface', ServiceName: 'com.amazonaws.us-east-1.kms' },
    ...{ 'SubnetId.1': loopbackSubnetA, PolicyDocument: policyFor('000000000000') },
  })
  while (!(await callEc2(server, 'DescribeVpcEndpoints', {})).includes('<state>available<')) await sleep(50)
}

/** Measures requests through a private endpoint. */
export async function measureEndpoint(): Promise<void> {
  leaveMeasuredCore()
  const { port, environment } = await loopbackNetwork()
  const settings = ['--vpcs', environment['KEYWARD_VPCS'] ?? '', '--vpce-port', String(port)]
  await withDataDirectory(async dataDirectory => {
    const plain = await startKeyward(dataDirectory, 'oneCore', settings)
    await makeEndpoint(plain)
    const throughPublic = overTls(plain)
    const throughEndpoint = { ...plain, url: `https://127.20.1.5:${port}` }
    const requests = await makeRequests(plain, 'GenerateDataKey', dataKeyInput(await createKey(plain, {})))
    await measurePair({
      ...{ operation: 'GenerateDataKey', connections },
      reference: { name: 'public listener', server: throughPublic, requests },
      other: { name: 'private endpoint', server: throughEndpoint, requests },
    })
    await stop(plain)
  })
}
