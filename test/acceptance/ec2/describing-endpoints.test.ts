import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { QueryAnswer } from '../../fixtures/query-call.ts'
import {
  endpointsWorld,
  filtersOf,
  here,
  isRefused,
  kms,
  listOf,
  otherVpc,
  type Parameters,
  subnetA,
  vpc,
} from '../../fixtures/worlds/vpc-endpoints.ts'

const world = await endpointsWorld()
const tagged = (key: string, value: string) => ({
  'TagSpecification.1.ResourceType': 'vpc-endpoint',
  'TagSpecification.1.Tag.1.Key': key,
  'TagSpecification.1.Tag.1.Value': value,
})
const made: Record<'blue' | 'red' | 'other', string> = { blue: '', red: '', other: '' }
before(async () => {
  made.blue = await world.create({ ...listOf('SubnetId', subnetA), ...tagged('team', 'blue') })
  made.red = await world.create(tagged('team', 'red'))
  made.other = await world.create({ VpcId: otherVpc, PrivateDnsEnabled: 'true' })
})

const describe = (parameters: Parameters = {}) => world.call('DescribeVpcEndpoints', parameters)
const idsIn = ({ text }: QueryAnswer) =>
  [...text.matchAll(/<vpcEndpointId>([^<]+)</g)].map(([, id]) => id ?? '')
const all = () => Object.values(made).sort()
const filtered = async (filters: Readonly<Record<string, readonly string[]>>) =>
  idsIn(await describe(filtersOf(filters)))

test('without parameters, all endpoints of the account in the Region are described', async () => {
  const answer = await describe()
  assert.deepEqual(idsIn(answer), all())
  assert.equal(answer.find('nextToken'), undefined)
})

test('endpoints are described by id, each once', async () => {
  const { blue, red } = made
  assert.deepEqual(idsIn(await describe(listOf('VpcEndpointId', red, blue, red))), [blue, red].sort())
})

test('an unknown id is an error, and a malformed one is a different error', async () => {
  const unknown = 'vpce-0a1b2c3d4e5f6dead'
  // Text recorded from AWS.
  isRefused(
    await describe(listOf('VpcEndpointId', made.blue, unknown)),
    'InvalidVpcEndpointId.NotFound',
    `The Vpc Endpoint Id '${unknown}' does not exist`,
  )
  isRefused(await describe(listOf('VpcEndpointId', 'vpce-1')), 'InvalidVpcEndpointId.Malformed')
})

// The filters are those that the service model of EC2 lists for DescribeVpcEndpoints.
test('each filter of the API chooses endpoints', async () => {
  const { blue, red, other } = made
  const inVpc = [blue, red].sort()
  assert.deepEqual(await filtered({ 'vpc-id': [vpc] }), inVpc)
  assert.deepEqual(await filtered({ 'vpc-endpoint-id': [other, 'vpce-0a1b2c3d4e5f6dead'] }), [other])
  assert.deepEqual(await filtered({ 'service-name': [kms] }), all())
  assert.deepEqual(await filtered({ 'service-name': ['*.s3'] }), [])
  assert.deepEqual(await filtered({ 'service-region': [here] }), all())
  assert.deepEqual(await filtered({ 'vpc-endpoint-type': ['Interface'] }), all())
  assert.deepEqual(await filtered({ 'vpc-endpoint-type': ['Gateway'] }), [])
  assert.deepEqual(await filtered({ 'ip-address-type': ['ipv6'] }), [])
  assert.deepEqual(await filtered({ 'vpc-endpoint-state': ['pending', 'available'] }), all())
  assert.deepEqual(await filtered({ 'vpc-endpoint-state': ['Pending', 'Available'] }), [])
  assert.deepEqual(await filtered({ 'tag:team': ['r*'] }), [red])
  assert.deepEqual(await filtered({ 'tag-key': ['team'] }), inVpc)
})

test('all filters must match, and one value of each', async () => {
  const { blue, red } = made
  assert.deepEqual(await filtered({ 'vpc-id': [vpc], 'tag:team': ['red'] }), [red])
  assert.deepEqual(await filtered({ 'tag:team': ['red', 'blue'] }), [blue, red].sort())
  assert.deepEqual(await filtered({ 'vpc-id': [otherVpc], 'tag:team': ['red'] }), [])
  isRefused(
    await describe(filtersOf({ color: ['red'] })),
    'InvalidParameterValue',
    "The filter 'color' is invalid",
  )
})

test('a page has as many endpoints as the request asks for', async () => {
  const more = [await world.create(), await world.create(), await world.create()]
  const [first, ...last] = [...all(), ...more].sort().reverse()
  const page = await describe({ MaxResults: '5' })
  assert.deepEqual(idsIn(page), last.sort())
  const NextToken = page.find('nextToken') ?? ''
  assert.deepEqual(idsIn(await describe({ MaxResults: '5', NextToken })), [first])
  isRefused(await describe({ MaxResults: '4' }), 'InvalidParameterValue')
  isRefused(await describe({ ...filtersOf({ 'vpc-id': [vpc] }), NextToken }), 'InvalidPaginationToken')
})

test('a rehearsal of a description is one, too', async () => {
  isRefused(await describe({ DryRun: 'true' }), 'DryRunOperation', undefined, 412)
})
