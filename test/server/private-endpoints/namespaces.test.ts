import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestCredentials } from '../../fixtures/clients.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import type { FarClient, Outcome, Way } from '../../fixtures/private-endpoints/far-client.ts'
import { skipWithoutNamespaces } from '../../fixtures/private-endpoints/namespaces.ts'
import {
  elementOf,
  groupA,
  groupB,
  privateWorld,
  subnetA,
  subnetB,
  vpcePort,
  vpcId,
} from '../../fixtures/private-endpoints/private-world.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import { ours, rootOf, theirs, userArn } from '../../fixtures/worlds/two-accounts.ts'

// The texts are those of the IAM user guide, "Troubleshoot access denied error messages", and of the CloudTrail user guide, "Network activity
// events". The packets stay in the namespaces of this file.

const way = (address: string, name?: string): Way => ({ address, port: vpcePort, ...(name && { name }) })
const [annaCredentials, benCredentials, zoeCredentials] = ['anna', 'ben', 'zoe'].map(credentialsOf) as [
  TestCredentials,
  TestCredentials,
  TestCredentials,
]
const allowAll = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })

describe('private endpoints across networks', { skip: skipWithoutNamespaces }, async () => {
  if (skipWithoutNamespaces !== false) return
  const world = await privateWorld()
  const { local, a, b, stranger, administrator, publicWay } = world

  const manage = async (action: string, parameters: Readonly<Record<string, string>>): Promise<Outcome> => {
    const outcome = await local.ec2(publicWay, administrator, action, parameters)
    isAnswered(outcome)
    return outcome
  }
  const stateOf = async (id: string) =>
    elementOf(
      await local.ec2(publicWay, administrator, 'DescribeVpcEndpoints', { 'VpcEndpointId.1': id }),
      'state',
    )
  const hasState = (id: string, state: string) => until(async () => (await stateOf(id)) === state)

  async function create(parameters: Readonly<Record<string, string>> = {}): Promise<string> {
    const made = await manage('CreateVpcEndpoint', {
      ...{ VpcId: vpcId, VpcEndpointType: 'Interface', ServiceName: 'com.amazonaws.us-east-1.kms' },
      ...{ PrivateDnsEnabled: 'false', 'SubnetId.1': subnetA },
      ...parameters,
    })
    const id = elementOf(made, 'vpcEndpointId')
    await hasState(id, 'available')
    return id
  }
  const modify = (id: string, parameters: Readonly<Record<string, string>>) =>
    manage('ModifyVpcEndpoint', { VpcEndpointId: id, ...parameters })
  async function remove(id: string): Promise<void> {
    await manage('DeleteVpcEndpoints', { 'VpcEndpointId.1': id })
    await hasState(id, '')
  }
  afterEach(async () => {
    const { text = '' } = await manage('DescribeVpcEndpoints', {})
    const ids = Array.from(text.matchAll(/<vpcEndpointId>([^<]*)/g), ([, id = '']) => id)
    await Promise.all(ids.map(remove))
  })
  const list = (client: FarClient, at: Way, credentials = annaCredentials) =>
    client.kms(at, credentials, 'ListKeys')
  async function createKey(policy: string, credentials = administrator): Promise<string> {
    const made = await local.kms(publicWay, credentials, 'CreateKey', {
      ...{ Policy: policy, BypassPolicyLockoutSafetyCheck: true },
    })
    isAnswered(made)
    return (JSON.parse(made.text ?? '') as { KeyMetadata: { Arn: string } }).KeyMetadata.Arn
  }
  const recordsOf = (name: string) =>
    readAuditRecords(world.server.dataDirectory).filter(({ eventName }) => eventName === name)

  test('an endpoint is reached from its network, and from nowhere else', async () => {
    assert.equal((await list(a, way('10.20.1.5'))).error, 'ECONNREFUSED', 'there is no endpoint')
    const id = await create()
    isAnswered(await list(a, way('10.20.1.5')))
    const name = elementOf(await manage('DescribeVpcEndpoints', { 'VpcEndpointId.1': id }), 'dnsName')
    assert.match(name, /^vpce-[0-9a-f]{17}-[0-9a-z]{8}\.kms\.us-east-1\.vpce\.amazonaws\.com$/)
    isAnswered(await list(a, way('10.20.1.5', name)))
    assert.equal((await list(a, { ...publicWay, address: '10.20.1.5' })).error, 'ECONNREFUSED')
    assert.equal((await list(a, way('10.20.1.6'))).error, 'ECONNREFUSED', 'no endpoint has the address')
    assert.match((await list(stranger, way('10.20.1.5'))).error ?? '', /UNREACH/)
    await remove(id)
    assert.equal((await list(a, way('10.20.1.5'))).error, 'ECONNREFUSED')
  })

  test('a security group leaves a client out that has a route', async () => {
    const id = await create()
    assert.equal((await list(b, way('10.20.1.5'))).error, 'ECONNRESET')
    await modify(id, { 'AddSecurityGroupId.1': groupB })
    isAnswered(await list(b, way('10.20.1.5')))
    await modify(id, { 'RemoveSecurityGroupId.1': groupA })
    isAnswered(await list(b, way('10.20.1.5')))
    assert.equal((await list(a, way('10.20.1.5'))).error, 'ECONNRESET')
  })

  test('a key whose policy demands an endpoint is used through that endpoint alone', async () => {
    const id = await create()
    await create({ 'SubnetId.1': subnetB, 'SecurityGroupId.1': groupB })
    const key = await createKey(
      policyOf(allowedFor(ours), {
        ...{ Effect: 'Deny', Principal: '*', Action: ['kms:Encrypt'], Resource: '*' },
        Condition: { StringNotEquals: { 'aws:SourceVpce': id } },
      }),
    )
    const input = { KeyId: key, Plaintext: 'AAAA' }
    isAnswered(await a.kms(way('10.20.1.5'), annaCredentials, 'Encrypt', input))
    for (const [client, at] of [
      [b, way('10.20.2.5')],
      [local, publicWay],
      [local, { ...publicWay, host: `${id}-aaaaaaaa.kms.us-east-1.vpce.amazonaws.com` }],
    ] as const)
      isDenied(
        await client.kms(at, annaCredentials, 'Encrypt', input),
        /an explicit deny in a resource-based policy/,
      )
  })

  test('a policy limits an endpoint to the principals and to the keys of an account', async () => {
    const ofZoe = await createKey(policyOf(allowedFor(theirs), allowedFor(ours)), credentialsOf('theirroot'))
    const ofOurs = await createKey(policyOf(allowedFor(ours)))
    const id = await create({
      PolicyDocument: policyOf({
        ...{ Effect: 'Allow', Principal: { AWS: userArn('anna') }, Action: 'kms:*' },
        Resource: `arn:aws:kms:*:${ours}:*`,
      }),
    })
    const encrypt = (credentials: TestCredentials, KeyId: string) =>
      a.kms(way('10.20.1.5'), credentials, 'Encrypt', { KeyId, Plaintext: 'AAAA' })
    isAnswered(await encrypt(annaCredentials, ofOurs))
    isDenied(
      await encrypt(benCredentials, ofOurs),
      /because no VPC endpoint policy allows the kms:Encrypt action$/,
    )
    isDenied(
      await encrypt(annaCredentials, ofZoe),
      /because no VPC endpoint policy allows the kms:Encrypt action$/,
    )
    isDenied(
      await encrypt(zoeCredentials, ofZoe),
      /because no VPC endpoint policy allows the kms:Encrypt action$/,
    )
    await modify(id, {
      PolicyDocument: policyOf(allowAll, { ...allowAll, Effect: 'Deny', Action: 'kms:Encrypt' }),
    })
    isDenied(await encrypt(annaCredentials, ofOurs), /with an explicit deny in a VPC endpoint policy$/)
    await modify(id, { ResetPolicy: 'true' })
    isAnswered(await encrypt(benCredentials, ofOurs))
  })

  test('the records name the endpoint, and a call that it alone denies is network activity', async () => {
    const id = await create({ PolicyDocument: policyOf({ ...allowAll, Action: 'kms:ListKeys' }) })
    isAnswered(await list(a, way('10.20.1.5')))
    isDenied(await a.kms(way('10.20.1.5'), zoeCredentials, 'ListAliases'), /VPC endpoint policy/)
    const [listed] = recordsOf('ListKeys').filter(({ vpcEndpointId }) => vpcEndpointId === id)
    const { sourceIPAddress, vpcEndpointAccountId, eventCategory } = listed ?? {}
    assert.deepEqual(
      [sourceIPAddress, vpcEndpointAccountId, eventCategory],
      ['10.20.1.100', ours, 'Management'],
    )
    const [denied, ...more] = recordsOf('ListAliases')
    assert.deepEqual(more, [])
    const { eventType, errorCode, errorMessage, recipientAccountId, userIdentity } = denied ?? {}
    assert.deepEqual(
      {
        eventType,
        errorCode,
        errorMessage,
        recipientAccountId,
        category: denied?.['eventCategory'],
        userIdentity,
      },
      {
        eventType: 'AwsVpceEvent',
        errorCode: 'VpceAccessDenied',
        errorMessage: 'The request was denied due to a VPC endpoint policy',
        recipientAccountId: ours,
        category: 'NetworkActivity',
        userIdentity: { type: 'AWSAccount', principalId: zoeCredentials.accessKeyId, accountId: theirs },
      },
    )
  })

  test('an endpoint that is deleted under load ends cleanly', async () => {
    const id = await create()
    const before = recordsOf('GenerateRandom').length
    const outcomes: Outcome[] = []
    const load = Array.from({ length: 16 }, async () => {
      for (let isOpen = true; isOpen; ) {
        const outcome = await a.kms(way('10.20.1.5'), annaCredentials, 'GenerateRandom', {
          NumberOfBytes: 1024,
        })
        outcomes.push(outcome)
        isOpen = outcome.status === 200
      }
    })
    await until(async () => outcomes.length > 200)
    await remove(id)
    await Promise.all(load)
    const answered = outcomes.filter(({ status }) => status === 200)
    for (const { text = '' } of answered) assert.equal(JSON.parse(text).Plaintext.length, 1368)
    // A connection that was idle may end in the instant in which its client sends. No answer is cut.
    for (const { status, error } of outcomes)
      assert.ok(status === 200 || ['ECONNREFUSED', 'ECONNRESET'].includes(error ?? ''), `${status} ${error}`)
    assert.equal(recordsOf('GenerateRandom').length - before, answered.length)
  })

  test('endpoints are there again after a restart, and one whose address the machine lost has failed', async () => {
    const [id, other] = [await create(), await create({ 'SubnetId.1': subnetA })]
    isAnswered(await list(a, way('10.20.1.6')))
    world.namespaces.removeAddress(world.serverNamespace, '10.20.1.6/32')
    await hasState(other, 'failed')
    const failed = await manage('DescribeVpcEndpoints', { 'VpcEndpointId.1': other })
    assert.equal(elementOf(failed, 'message'), 'The machine does not have the address 10.20.1.6.')
    isAnswered(await list(a, way('10.20.1.5')))
    await world.restart()
    isAnswered(await list(a, way('10.20.1.5')))
    assert.deepEqual([await stateOf(id), await stateOf(other)], ['available', 'failed'])
    world.namespaces.addAddress(world.serverNamespace, '10.20.1.6/32')
    await hasState(other, 'available')
    isAnswered(await list(a, way('10.20.1.6')))
  })
})

/** A statement that allows an account to use a key. */
const allowedFor = (account: string) => ({
  ...allowAll,
  Principal: { AWS: rootOf(account) },
  Action: 'kms:*',
})

function isAnswered(outcome: Outcome): void {
  assert.equal(outcome.status, 200, outcome.error ?? outcome.text)
}

function isDenied({ status, text = '', error }: Outcome, expected: RegExp): void {
  assert.equal(status, 400, error ?? text)
  const { __type, Message } = JSON.parse(text) as { __type: string; Message: string }
  assert.equal(__type, 'AccessDeniedException')
  assert.match(Message, expected)
}

/** Waits until a condition holds. Fails after 30 seconds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 600, 'the condition did not hold in time')
    await sleep(50)
  }
}
