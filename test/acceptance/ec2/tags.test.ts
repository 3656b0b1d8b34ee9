import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { sampleEndpoint } from '../../fixtures/private-endpoints/sample-vpc.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import {
  defaultGroup,
  endpointsWorld,
  filtersOf,
  here,
  isRefused,
  listOf,
  ours,
  type Parameters,
  subnetA,
  theirs,
  vpc,
} from '../../fixtures/worlds/vpc-endpoints.ts'

// The tags of endpoints (Amazon EC2 API reference, "CreateTags", "DeleteTags", "DescribeTags").

const blue = { StringEquals: { 'aws:RequestTag/team': 'blue' } }
const world = await endpointsWorld([
  seedUser('nobody'),
  seedUser('blue', { ...allow(['ec2:CreateTags']), Condition: blue }),
  seedUser('keeper', {
    ...allow('ec2:DeleteTags'),
    Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['stage'] } },
  }),
  seedUser('owner', {
    ...allow('ec2:*Tags'),
    Condition: { StringEquals: { 'ec2:ResourceTag/team': 'blue' } },
  }),
])
const [first, second, third] = [
  'vpce-0a1b2c3d4e5f60001',
  'vpce-0a1b2c3d4e5f60002',
  'vpce-0a1b2c3d4e5f60003',
] as const
beforeEach(() =>
  world.server.store.write(async writer => {
    for (const [vpcEndpointId, accountId] of [
      [first, ours],
      [second, ours],
      [third, theirs],
    ] as const)
      await writer.vpcEndpoints.insert({
        ...sampleEndpoint,
        ...{ vpcEndpointId, accountId, interfaces: [], isPrivateDnsEnabled: false },
      })
  }),
)
afterEach(() => world.clear())

/** The parameters of tags; without a value a tag is its key alone. */
const tagsOf = (tags: Readonly<Record<string, string | undefined>>): Parameters =>
  Object.assign(
    {},
    ...Object.entries(tags).map(([key, value], index) => ({
      [`Tag.${index + 1}.Key`]: key,
      ...(value === undefined ? {} : { [`Tag.${index + 1}.Value`]: value }),
    })),
  )
const on = (...ids: readonly string[]) => listOf('ResourceId', ...ids)

async function tag(
  ids: readonly string[],
  tags: Readonly<Record<string, string>>,
  user?: string,
): Promise<void> {
  const answer = await world.call('CreateTags', { ...on(...ids), ...tagsOf(tags) }, user)
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.find('return'), 'true')
}

/** All tags of the account, as `resource key=value`. */
async function shown(filters: Readonly<Record<string, readonly string[]>> = {}, user?: string) {
  const { text } = await world.call('DescribeTags', filtersOf(filters), user)
  return [
    ...text.matchAll(
      /<item><key>(.*?)<\/key><resourceId>(.*?)<\/resourceId><resourceType>vpc-endpoint<\/resourceType>(?:<value>(.*?)<\/value>|<value\/>)<\/item>/g,
    ),
  ].map(([, key, id, value = '']) => `${id} ${key}=${value}`)
}

test('tags are added and overwritten, on all of the named endpoints', async () => {
  await tag([first, second], { team: 'blue', stage: '' })
  await tag([first], { team: 'red' })
  assert.deepEqual(await shown(), [
    `${first} stage=`,
    `${first} team=red`,
    `${second} stage=`,
    `${second} team=blue`,
  ])
  assert.match(
    (await world.describe(first)).text,
    /<tagSet>.*<key>team<\/key><value>red<\/value>.*<\/tagSet>/,
  )
  assert.deepEqual(await shown({}, 'stranger'), [])
})

test('tags are found by filters, page by page', async () => {
  await tag([first, second], { team: 'blue', a: '1', b: '2', c: '3' })
  assert.deepEqual(await shown({ 'resource-id': [second], key: ['team'] }), [`${second} team=blue`])
  assert.deepEqual(await shown({ 'tag:team': ['bl*'] }), [`${first} team=blue`, `${second} team=blue`])
  assert.deepEqual(await shown({ value: ['2'], 'resource-type': ['vpc-endpoint'] }), [
    `${first} b=2`,
    `${second} b=2`,
  ])
  const page = await world.call('DescribeTags', { MaxResults: '5' })
  const NextToken = page.find('nextToken') ?? assert.fail()
  const rest = await world.call('DescribeTags', { MaxResults: '5', NextToken })
  assert.equal(rest.find('nextToken'), undefined)
  assert.equal(page.text.split('<resourceId>').length + rest.text.split('<resourceId>').length - 2, 8)
  isRefused(await world.call('DescribeVpcs', { NextToken }), 'InvalidPaginationToken')
})

// Amazon EC2 API reference, "DeleteTags": Tag.N.
test('a tag is deleted by its key, or only if it has the value, and without tags all are', async () => {
  const remove = (tags: Readonly<Record<string, string | undefined>>) =>
    world.call('DeleteTags', { ...on(first), ...tagsOf(tags) })
  await tag([first], { a: '1', b: '2', c: '', d: '4' })
  assert.equal((await remove({ a: undefined, b: 'other', c: '', x: undefined })).find('return'), 'true')
  assert.deepEqual(await shown(), [`${first} b=2`, `${first} d=4`])
  await remove({ b: '2' })
  assert.deepEqual(await shown(), [`${first} d=4`])
  await remove({})
  assert.deepEqual(await shown(), [])
})

test('other resources and wrong tags are refused, and nothing is tagged then', async () => {
  const create = (ids: readonly string[], tags: Parameters = tagsOf({ a: 'b' })) =>
    world.call('CreateTags', { ...on(...ids), ...tags })
  for (const id of [vpc, subnetA, defaultGroup, 'vpc-00000000'])
    for (const operation of ['CreateTags', 'DeleteTags'])
      isRefused(
        await world.call(operation, { ...on(first, id), ...tagsOf({ a: 'b' }) }),
        'InvalidID',
        `The ID '${id}' is not valid here: VPCs, subnets and security groups are in the configuration of the server and cannot be tagged. Only VPC endpoints can.`,
      )
  for (const id of ['vpc-1', 'i-00000000'])
    isRefused(await create([id]), 'InvalidID', `The ID '${id}' is not valid`)
  isRefused(await create(['vpce-1']), 'InvalidVpcEndpointId.Malformed')
  for (const id of ['vpce-00000000', third])
    isRefused(
      await create([first, id]),
      'InvalidVpcEndpointId.NotFound',
      `The Vpc Endpoint Id '${id}' does not exist`,
    )
  isRefused(await create([]), 'MissingParameter', 'The request must contain the parameter ResourceId')
  isRefused(await create([first], {}), 'MissingParameter', 'The request must contain the parameter Tag')
  isRefused(await create([first], tagsOf({ 'aws:x': 'b' })), 'InvalidParameterValue')
  isRefused(
    await world.call('DeleteTags', { ...on(first), ...tagsOf({ 'aws:x': 'b' }) }),
    'InvalidParameterValue',
  )
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, '']))
  isRefused(await create([second, first], tagsOf(many)), 'TagLimitExceeded')
  assert.deepEqual(await shown(), [])
  await world.server.store.write(writer =>
    writer.vpcEndpoints.update({
      ...sampleEndpoint,
      ...{ vpcEndpointId: first, accountId: ours, interfaces: [], state: 'deleting' },
    }),
  )
  isRefused(await create([first]), 'InvalidVpcEndpointId.NotFound')
})

test('a rehearsal tags nothing', async () => {
  const rehearsal = { ...on(first), ...tagsOf({ a: 'b' }), DryRun: 'true' }
  isRefused(await world.call('CreateTags', rehearsal), 'DryRunOperation', undefined, 412)
  isRefused(
    await world.call('DeleteTags', { ...on('vpce-00000000'), DryRun: 'true' }),
    'InvalidVpcEndpointId.NotFound',
  )
  isRefused(await world.call('CreateTags', rehearsal, 'nobody'), 'UnauthorizedOperation', undefined, 403)
  assert.deepEqual(await shown(), [])
})

test('policies can limit the tags and the tagged endpoints', async () => {
  const refused = async (user: string, operation: string, parameters: Parameters) =>
    isRefused(await world.call(operation, parameters, user), 'UnauthorizedOperation', undefined, 403)
  await refused('blue', 'CreateTags', { ...on(first), ...tagsOf({ team: 'red' }) })
  await tag([first], { team: 'blue', stage: 'test' }, 'blue')
  // A denial does not reveal whether the endpoint exists.
  for (const id of [first, third, 'vpce-00000000'])
    isRefused(
      await world.call('CreateTags', { ...on(id), ...tagsOf({ a: 'b' }) }, 'nobody'),
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. User: arn:aws:iam::${ours}:user/nobody is not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:${here}:${ours}:vpc-endpoint/${id} because no identity-based policy allows the ec2:CreateTags action`,
      403,
    )
  await refused('owner', 'CreateTags', { ...on(first, second), ...tagsOf({ a: 'b' }) })
  await tag([first], { a: 'b' }, 'owner')
  await refused('keeper', 'DeleteTags', { ...on(first), ...tagsOf({ team: undefined }) })
  // Without tags the request is for all of them, also for those that the policy protects.
  await refused('keeper', 'DeleteTags', on(first))
  assert.equal(
    (await world.call('DeleteTags', { ...on(first), ...tagsOf({ stage: undefined }) }, 'keeper')).status,
    200,
  )
  assert.deepEqual(await shown(), [`${first} a=b`, `${first} team=blue`])
})

// The form: events of AWS in several public collections, with `resourcesSet`, `tagSet` and `_return`.
test('records show the resources and the tags as CloudTrail writes them', async () => {
  await tag([first], { team: 'blue' })
  await world.call('DeleteTags', { ...on(first), ...tagsOf({ team: undefined }) })
  await world.call('CreateTags', { ...on(first), ...tagsOf({ team: 'blue' }) }, 'nobody')
  const [created, deleted, denied] = readAuditRecords(world.server.dataDirectory).slice(-3)
  const resourcesSet = { items: [{ resourceId: first }] }
  assert.deepEqual(created?.['requestParameters'], {
    resourcesSet,
    tagSet: { items: [{ key: 'team', value: 'blue' }] },
  })
  assert.deepEqual(created?.['responseElements'], { _return: true })
  assert.deepEqual(deleted?.['requestParameters'], { resourcesSet, tagSet: { items: [{ key: 'team' }] } })
  assert.deepEqual([deleted?.['readOnly'], deleted?.['responseElements']], [false, { _return: true }])
  assert.equal(denied?.['errorCode'], 'Client.UnauthorizedOperation')
  assert.match(`${denied?.['errorMessage']}`, /^You are not authorized to perform this operation\. User: /)
})
