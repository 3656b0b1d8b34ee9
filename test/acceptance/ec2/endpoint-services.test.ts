import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  endpointsWorld,
  filtersOf,
  here,
  isRefused,
  kms,
  listOf,
  type Parameters,
  sts,
  there,
} from '../../fixtures/worlds/vpc-endpoints.ts'

const world = await endpointsWorld()
const describe = (parameters: Parameters = {}, region?: string) =>
  world.call('DescribeVpcEndpointServices', parameters, 'admin', region)
const namesIn = (text: string) => [...text.matchAll(/<serviceName>([^<]+)</g)].map(([, name]) => name)

// The members are those of the service model of EC2. Names and values for AWS KMS: AWS KMS developer guide, "Connecting to AWS KMS
// through a VPC endpoint"; for STS: AWS PrivateLink guide, "AWS services that integrate with AWS PrivateLink".
test('AWS KMS and STS of the Region are the services', async () => {
  const { status, text } = await describe()
  assert.equal(status, 200)
  const sets = `<serviceNameSet><item>${kms}</item><item>${sts}</item></serviceNameSet>`
  assert.match(text, new RegExp(sets))
  assert.deepEqual(namesIn(text), [kms, sts])
  const names = ['kms', 'sts'].map(service => `com.amazonaws.${there}.${service}`)
  assert.deepEqual(namesIn((await describe({}, there)).text), names)
})

test('a description has the names and the abilities of the service', async () => {
  const answer = await describe(listOf('ServiceName', kms))
  assert.match(answer.text, /<serviceType><item><serviceType>Interface<\/serviceType><\/item><\/serviceType>/)
  assert.match(answer.find('serviceId') ?? '', /^vpce-svc-[0-9a-f]{17}$/)
  assert.equal(answer.find('owner'), 'amazon')
  assert.equal(answer.find('privateDnsName'), `kms.${here}.amazonaws.com`)
  assert.match(
    answer.text,
    new RegExp(
      `<baseEndpointDnsNameSet><item>kms.${here}.vpce.amazonaws.com</item></baseEndpointDnsNameSet>`,
    ),
  )
  assert.match(
    answer.text,
    new RegExp(`<availabilityZoneSet><item>${here}a</item><item>${here}b</item></availabilityZoneSet>`),
  )
  assert.match(answer.text, /<availabilityZoneIdSet><item>use1-az1<\/item><item>use1-az2<\/item>/)
  assert.deepEqual(
    ['vpcEndpointPolicySupported', 'acceptanceRequired', 'managesVpcEndpoints'].map(name =>
      answer.find(name),
    ),
    ['true', 'false', 'false'],
  )
  const ofSts = await describe(listOf('ServiceName', sts))
  assert.equal(ofSts.find('privateDnsName'), `sts.${here}.amazonaws.com`)
  assert.match(ofSts.text, new RegExp(`<item>sts.${here}.vpce.amazonaws.com</item></baseEndpointDnsNameSet>`))
  assert.equal(ofSts.find('vpcEndpointPolicySupported'), 'true')
  assert.notEqual(ofSts.find('serviceId'), answer.find('serviceId'))
})

test('a service is described by its name, and a different name is an error', async () => {
  assert.deepEqual(namesIn((await describe(listOf('ServiceName', kms))).text), [kms])
  for (const name of [`${kms}-fips`, 'com.amazonaws.us-east-1.s3'])
    isRefused(
      await describe(listOf('ServiceName', kms, name)),
      'InvalidServiceName',
      `The Vpc Endpoint Service '${name}' does not exist`,
    )
})

test('filters and Regions choose services', async () => {
  const found = async (filters: Readonly<Record<string, readonly string[]>>) =>
    namesIn((await describe(filtersOf(filters))).text).length
  assert.equal(await found({ 'service-type': ['Interface'] }), 2)
  assert.equal(await found({ 'service-type': ['Gateway'] }), 0)
  assert.equal(await found({ 'service-name': ['*.kms'], owner: ['amazon'] }), 1)
  assert.equal(await found({ 'service-region': [there] }), 0)
  assert.equal(await found({ 'supported-ip-address-types': ['ipv6'] }), 2)
  assert.equal(await found({ 'tag-key': ['team'] }), 0)
  assert.deepEqual(namesIn((await describe(listOf('ServiceRegion', there))).text), [])
  assert.deepEqual(namesIn((await describe(listOf('ServiceRegion', there, here))).text), [kms, sts])
  isRefused(await describe(filtersOf({ color: ['red'] })), 'InvalidParameterValue')
  isRefused(await describe({ MaxResults: '1' }), 'InvalidParameterValue')
  isRefused(await describe({ DryRun: 'true' }), 'DryRunOperation', undefined, 412)
})

test('there are no prefix lists, which only services with gateways have', async () => {
  const lists = (parameters: Parameters = {}) => world.call('DescribePrefixLists', parameters)
  for (const parameters of [
    {},
    filtersOf({ 'prefix-list-name': [kms] }),
    filtersOf({ 'prefix-list-id': ['pl-1'] }),
  ]) {
    const answer = await lists(parameters)
    assert.equal(answer.status, 200)
    assert.match(answer.text, /<prefixListSet\/?>/)
  }
  isRefused(await lists(listOf('PrefixListId', 'pl-12345678')), 'InvalidPrefixListID.NotFound')
  isRefused(await lists(filtersOf({ color: ['red'] })), 'InvalidParameterValue')
  isRefused(await lists({ DryRun: 'true' }), 'DryRunOperation', undefined, 412)
})
