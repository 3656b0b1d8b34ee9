import assert from 'node:assert/strict'
import { TestCaller } from '../../../fixtures/caller.ts'
import type { RawAnswer } from '../../../fixtures/clients.ts'
import { readAuditRecords } from '../../../fixtures/keyward-process.ts'
import { allow, credentialsOf, seedOf, seedUser } from '../../../fixtures/seed.ts'
import { type TestServerOptions, testServer } from '../../../fixtures/test-server.ts'
import { assertGolden, readGolden } from './golden-record.ts'

// The names in the records that the AWS KMS developer guide publishes.
export const account = '111122223333'
export const aliceArn = `arn:aws:iam::${account}:user/Alice`
export const [keyId, otherKeyId] = [
  '1234abcd-12ab-34cd-56ef-1234567890ab',
  '0987dcba-09fe-87dc-65ba-ab0987654321',
]
export const multiRegionKeyId = 'mrk-1234abcd12ab34cd56ef1234567890ab'
export const [materialId, otherMaterialId] = [
  '123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0',
  '96083e4fb6dbc41d77578a213a6b6669c044dd4c143e96755396d2bf11fd6068',
]
export const grantId = 'abcde1237f76e4ba7987489ac329fbfba6ad343d6f7075dbd1ef191f0120514a'

/** Texts of a test's own, each with the text that a published record has in its place. */
export type Named = Readonly<Record<string, string>>
export type Recorded = Readonly<Record<string, unknown>>

/** A server with the account and the user of the published records, for the tests of a file (see `testServer`). */
export async function goldenWorld(options: TestServerOptions = {}) {
  const keyward = await testServer({
    seed: seedOf(account, [seedUser('Alice', allow('kms:*'))], []),
    regions: ['us-west-2', 'us-east-1', 'ap-northeast-1'],
    ...options,
  })
  const aliceIn = (region: string) => new TestCaller(keyward, { credentials: credentialsOf('Alice'), region })
  const records = (): Recorded[] => readAuditRecords(keyward.dataDirectory)
  const recordsOf = ({ headers }: RawAnswer) =>
    records().filter(({ requestID }) => requestID === headers.get('x-amzn-requestid'))
  return { keyward, alice: aliceIn('us-west-2'), aliceIn, records, recordsOf }
}

/**
 * Asserts that a record is a published one, ids, accounts and Regions included, once the texts of the test have their names in
 * the published record. Dates and the client are those of the test.
 */
export function assertGoldenExactly(
  record: Recorded | undefined,
  name: string,
  named: Named = {},
  differences: Recorded = {},
): void {
  assert.ok(record !== undefined, `${name} has a record`)
  const renamed = rename(record, named)
  const { sourceIPAddress } = renamed
  const client = sourceIPAddress === 'AWS Internal' ? {} : { userAgent: renamed['userAgent'] }
  assertGolden(renamed, name, { ...client, ...differences })
  const golden = { ...readGolden(name), ...differences }
  for (const member of exact) {
    const resources = member === 'resources' && Array.isArray(golden[member]) && golden[member].length === 0
    const expected = resources ? undefined : golden[member]
    assert.deepEqual(undated(renamed[member]), undated(expected), `${name}: ${member}`)
  }
}

const exact = [
  'awsRegion',
  'requestParameters',
  'responseElements',
  'additionalEventData',
  'resources',
  'recipientAccountId',
  'serviceEventDetails',
]

const inText = (text: string) => JSON.stringify(text).slice(1, -1)

function rename(record: Recorded, named: Named): Recorded {
  const renamed = Object.entries(named).reduce(
    (text, [own, published]) => text.replaceAll(inText(own), inText(published)),
    JSON.stringify(record),
  )
  return JSON.parse(renamed) as Recorded
}

const undated = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : JSON.parse(JSON.stringify(value).replaceAll(/[A-Z][a-z]{2} \d+, \d{4}, \d+:\d\d:\d\d [AP]M/g, '<date>'))
