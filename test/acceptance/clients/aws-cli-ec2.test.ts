import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultEndpointPolicy } from '../../../src/domain/index.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import {
  defaultGroup,
  endpointsWorld,
  here,
  kms,
  otherGroup,
  subnetA,
  subnetB,
  vpc,
} from '../../fixtures/worlds/vpc-endpoints.ts'
import { cliDirectory, runAwsCli, skipWithoutAwsCli } from './aws-cli.ts'

interface CliEndpoint {
  readonly VpcEndpointId: string
  readonly State: string
  readonly SubnetIds: readonly string[]
  readonly Groups: readonly object[]
  readonly DnsEntries: readonly object[]
  readonly NetworkInterfaceIds: readonly string[]
  readonly PolicyDocument: string
  readonly PrivateDnsEnabled: boolean
  readonly RouteTableIds: readonly string[]
  readonly CreationTimestamp: string
  readonly Tags: readonly object[]
}

describe('the AWS CLI', { skip: skipWithoutAwsCli }, async () => {
  const world = await endpointsWorld()
  const { accessKeyId, secretAccessKey } = credentialsOf('admin')
  const ec2 = (...args: string[]) =>
    runAwsCli(['ec2', ...args], {
      environment: {
        HOME: cliDirectory,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_DEFAULT_REGION: here,
        AWS_ENDPOINT_URL: world.server.url,
      },
    })
  const create = (...args: string[]) =>
    ec2(
      ...['create-vpc-endpoint', '--vpc-id', vpc, '--vpc-endpoint-type', 'Interface', '--service-name', kms],
      ...args,
    )
  const described = async (...args: string[]) =>
    (await ec2('describe-vpc-endpoints', ...args))['VpcEndpoints'] as readonly CliEndpoint[]

  test('reads a new endpoint as it reads one of AWS', async () => {
    const answer = await create(
      ...['--subnet-ids', subnetA, subnetB, '--security-group-ids', defaultGroup],
      ...['--tag-specifications', 'ResourceType=vpc-endpoint,Tags=[{Key=team,Value=blue}]'],
      ...['--client-token', 'first', '--dns-options', 'DnsRecordIpType=ipv4'],
    )
    const endpoint = answer['VpcEndpoint'] as CliEndpoint
    assert.equal(answer['ClientToken'], 'first')
    assert.equal(endpoint.State, 'pending')
    assert.deepEqual(endpoint.SubnetIds, [subnetA, subnetB])
    assert.deepEqual(endpoint.RouteTableIds, [])
    assert.deepEqual(endpoint.Groups, [{ GroupId: defaultGroup, GroupName: 'default' }])
    assert.deepEqual(endpoint.Tags, [{ Key: 'team', Value: 'blue' }])
    assert.deepEqual([endpoint.NetworkInterfaceIds.length, endpoint.DnsEntries.length], [2, 4])
    assert.equal(endpoint.PolicyDocument, defaultEndpointPolicy)
    assert.equal(endpoint.PrivateDnsEnabled, true)
    assert.ok(Math.abs(Date.parse(endpoint.CreationTimestamp) - Date.now()) < 60_000)
    const [again] = await described('--vpc-endpoint-ids', endpoint.VpcEndpointId)
    assert.deepEqual({ ...again, State: 'pending' }, endpoint)
    await ec2('delete-vpc-endpoints', '--vpc-endpoint-ids', endpoint.VpcEndpointId)
  })

  test('changes an endpoint', async () => {
    const { VpcEndpointId: id } = (await create('--no-private-dns-enabled'))['VpcEndpoint'] as CliEndpoint
    const policy = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}'
    assert.deepEqual(
      await ec2(
        ...['modify-vpc-endpoint', '--vpc-endpoint-id', id, '--policy-document', policy],
        ...['--add-security-group-ids', otherGroup],
      ),
      { Return: true },
    )
    const [changed] = await described('--filters', `Name=vpc-endpoint-id,Values=${id}`)
    assert.equal(changed?.PolicyDocument, policy)
    assert.equal(changed?.Groups.length, 2)
  })

  test('pages through endpoints', async () => {
    for (let i = 0; i < 6; i++) await world.create()
    const idsOf = async (...args: string[]) => (await described(...args)).map(item => item.VpcEndpointId)
    const all = await idsOf()
    assert.ok(all.length > 5)
    assert.deepEqual(await idsOf('--page-size', '5'), all)
    assert.deepEqual(await idsOf('--page-size', '5', '--max-items', '6'), all.slice(0, 6))
  })

  test('shows a rehearsal as an error, and unknown endpoints in a deletion', async () => {
    await assert.rejects(
      create('--dry-run', '--no-private-dns-enabled'),
      /\(DryRunOperation\).*Request would have succeeded, but DryRun flag is set\./s,
    )
    const unknown = 'vpce-0a1b2c3d4e5f6dead'
    assert.deepEqual(await ec2('delete-vpc-endpoints', '--vpc-endpoint-ids', unknown), {
      Unsuccessful: [
        {
          Error: {
            Code: 'InvalidVpcEndpoint.NotFound',
            Message: `The Vpc Endpoint Id '${unknown}' does not exist`,
          },
          ResourceId: unknown,
        },
      ],
    })
    await assert.rejects(
      ec2('describe-vpc-endpoints', '--vpc-endpoint-ids', unknown),
      /\(InvalidVpcEndpointId\.NotFound\)/,
    )
  })

  test('finds the service of AWS KMS', async () => {
    const { ServiceNames, ServiceDetails } = await ec2(
      ...['describe-vpc-endpoint-services', '--service-names', kms],
      ...['--filters', 'Name=service-type,Values=Interface'],
    )
    assert.deepEqual(ServiceNames, [kms])
    const [detail] = ServiceDetails as readonly Record<string, unknown>[]
    assert.deepEqual(detail?.['ServiceType'], [{ ServiceType: 'Interface' }])
    assert.deepEqual(detail?.['BaseEndpointDnsNames'], [`kms.${here}.vpce.amazonaws.com`])
    assert.equal(detail?.['VpcEndpointPolicySupported'], true)
    assert.deepEqual(await ec2('describe-prefix-lists', '--filters', `Name=prefix-list-name,Values=${kms}`), {
      PrefixLists: [],
    })
  })
})
