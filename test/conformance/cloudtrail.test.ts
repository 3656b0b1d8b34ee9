import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cloudtrail } from '../../src/services/index.ts'
import { differences } from './member-differences.ts'
import { cloudTrailSdkOperations } from './sdk-schemas.ts'

// Every operation of CloudTrail is built or listed as not built. One that is built has the same members, of the same kinds, as
// in AWS's SDK, and no others.

const noTopics = 'there are no topics'
const noLogGroups = 'there are no log groups'
const onePage = 'the listing has one page'
const noInsights = 'there are no Insights events'

/** The members that AWS has and this server does not have, and why. */
const left: Readonly<Record<string, string>> = {
  SnsTopicName: noTopics,
  SnsTopicARN: noTopics,
  CloudWatchLogsLogGroupArn: noLogGroups,
  CloudWatchLogsRoleArn: noLogGroups,
  LatestNotificationError: noTopics,
  LatestNotificationTime: noTopics,
  LatestCloudWatchLogsDeliveryError: noLogGroups,
  LatestCloudWatchLogsDeliveryTime: noLogGroups,
  'ListPublicKeys/NextToken': 'the token is reserved',
  'ListTags/NextToken': 'the token is reserved',
  'ListTrails/NextToken': onePage,
  'GetInsightSelectors/TrailARN': noInsights,
  'GetInsightSelectors/InsightSelectors': noInsights,
  'GetInsightSelectors/EventDataStoreArn': noInsights,
  'GetInsightSelectors/InsightsDestination': noInsights,
  'PutInsightSelectors/EventDataStoreArn': noInsights,
  'PutInsightSelectors/InsightsDestination': noInsights,
}
const lake = ['ListChannels', 'ListDashboards', 'ListEventDataStores', 'ListImports']

test('every operation of AWS CloudTrail is built or listed as not built', () => {
  assert.equal(cloudTrailSdkOperations.size, 60)
  assert.deepEqual(
    [...cloudtrail.operations.keys(), ...(cloudtrail.notBuilt ?? [])].sort(),
    [...cloudTrailSdkOperations.keys()].sort(),
  )
})

for (const [name, operation] of cloudtrail.operations) {
  if (lake.includes(name)) continue
  test(`${name} has the input and output members that the SDK knows`, () => {
    const sdk = cloudTrailSdkOperations.get(name)
    assert.ok(sdk, `the SDK has no ${name}`)
    assert.deepEqual(
      differences(operation.input, sdk.input, name, () => false),
      [],
    )
    const isLeft = (place: string) => (left[place] ?? left[place.split('/').at(-1) ?? '']) !== undefined
    assert.ok(operation.output)
    assert.deepEqual(differences(operation.output, sdk.output, name, isLeft), [])
  })
}

test('listings of things that do not exist have the SDK’s member', () => {
  for (const name of lake) {
    const { output } = cloudtrail.operations.get(name) ?? assert.fail(name)
    assert.ok(output?.kind.type === 'structure')
    const members = [...output.kind.shapes.keys()].map(
      member => cloudTrailSdkOperations.get(name)?.output.members.get(member)?.kind,
    )
    assert.deepEqual(members, ['list'], name)
  }
})
