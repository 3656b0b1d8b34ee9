import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { administratorOf } from '../fixtures/clients.ts'
import { callQuery, sendQuery, type XmlAnswer } from '../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../fixtures/keyward-process.ts'
import { presignGet } from '../fixtures/presign.ts'

// The bytes of the EC2 query protocol (Smithy, "AWS EC2 query protocol"; Amazon EC2 API reference, "Error codes").

const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/'
const formType = { 'content-type': 'application/x-www-form-urlencoded' }
let keyward: KeywardProcess
before(async () => {
  keyward = await startKeyward()
})
after(() => keyward.stop())

const form = (action: string, parameters: Readonly<Record<string, string>> = {}) =>
  new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }).toString()
const call = (body: string, options: Parameters<typeof callQuery>[2] = {}) =>
  callQuery(keyward, body, { service: 'ec2', ...options })

function isError(answer: XmlAnswer, code: string, status: number, text?: string): void {
  const [, found, message] = /<Code>(.*)<\/Code><Message>(.*)<\/Message>/s.exec(answer.text) ?? []
  assert.deepEqual([found, answer.status], [code, status], answer.text)
  if (text !== undefined) assert.equal(message, text)
  assert.equal(answer.headers.get('content-type'), 'text/xml;charset=UTF-8')
  const requestId = answer.headers.get('x-amzn-requestid')
  assert.ok(answer.text.startsWith('<Response><Errors><Error><Code>'), answer.text)
  assert.ok(answer.text.endsWith(`</Errors><RequestID>${requestId}</RequestID></Response>`), answer.text)
}

const lastRecord = () => readAuditRecords(keyward.dataDirectory).at(-1)

test('an answer is the XML that the API reference shows', async () => {
  const { status, text, headers } = await call(form('DescribeRegions'))
  assert.deepEqual([status, headers.get('content-type')], [200, 'text/xml;charset=UTF-8'])
  assert.equal(
    text,
    `<DescribeRegionsResponse xmlns="${namespace}"><requestId>${headers.get('x-amzn-requestid')}</requestId><regionInfo><item>` +
      '<optInStatus>opt-in-not-required</optInStatus><regionName>us-east-1</regionName><regionEndpoint>ec2.us-east-1.amazonaws.com</regionEndpoint>' +
      '</item></regionInfo></DescribeRegionsResponse>',
  )
  assert.deepEqual(
    [lastRecord()?.['eventSource'], lastRecord()?.['eventName'], lastRecord()?.['readOnly']],
    ['ec2.amazonaws.com', 'DescribeRegions', true],
  )
})

test('a broken form has an error in the envelope of EC2', async () => {
  for (const [more, code, status] of [
    ['&VpcId.1=%', 'MalformedQueryString', 404],
    ['&VpcId.1=a&VpcId.1=b', 'InvalidQueryParameter', 400],
    [`${'&a=1'.repeat(4000)}`, 'InvalidQueryParameter', 400],
    ['&VpcId=a&VpcId.1=a', 'InvalidParameterValue', 400],
    ['&VpcId.4000000000=a', 'InvalidParameterValue', 400],
    ['&VpcId.1=vpc-1', 'InvalidVpcId.Malformed', 400],
    ['&VpcId.1=vpc-00000000', 'InvalidVpcID.NotFound', 400],
    ['&Colour=red', 'UnknownParameter', 400],
    ['&DryRun=perhaps', 'InvalidParameterValue', 400],
    ['&MaxResults=4', 'InvalidParameterValue', 400],
    ['&NextToken=x', 'InvalidPaginationToken', 400],
    ['&Filter.1.Name=x&Filter.1.Value.1=a', 'InvalidParameterValue', 400],
    ['&Filter.1.Name=state', 'MissingParameter', 400],
  ] as const)
    isError(await call(form('DescribeVpcs') + more), code, status)
})

test('an operation that EC2 does not have here is an invalid action', async () => {
  isError(await call(form('RunInstances')), 'InvalidAction', 400)
  isError(await call('Version=2016-11-15'), 'MissingAction', 400)
  assert.equal(lastRecord()?.['errorCode'], 'Client.MissingAction')
  const { text } = await call('Action=DescribeRegions')
  assert.match(text, /<regionName>us-east-1</, 'without a version the signature names the service')
})

test('a rehearsal that would succeed is an error with the status 412', async () => {
  isError(
    await call(form('DescribeRegions', { DryRun: 'true' })),
    'DryRunOperation',
    412,
    'Request would have succeeded, but DryRun flag is set.',
  )
  assert.equal(lastRecord()?.['errorCode'], 'Client.DryRunOperation')
  assert.equal((await call(form('DescribeRegions', { DryRun: 'false' }))).status, 200)
})

test('credentials that are wrong have one error', async () => {
  const text = 'AWS was not able to validate the provided access credentials'
  const { accessKeyId } = administratorOf(keyward)
  const body = form('DescribeVpcs')
  for (const options of [
    { credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' } },
    { credentials: { accessKeyId, secretAccessKey: 'x' } },
    { service: 'kms' },
    { region: 'eu-west-1' },
  ])
    isError(await call(body, options), 'AuthFailure', 401, text)
  assert.equal(lastRecord()?.['errorCode'], 'Client.AuthFailure')
  isError(await sendQuery(keyward, body, formType), 'MissingAuthenticationToken', 403)
})

test('a presigned URL is a call', async () => {
  const parameters = { Action: 'DescribeRegions', Version: '2016-11-15', 'RegionName.1': 'us-east-1' }
  const query = await presignGet(keyward, 'ec2', parameters, administratorOf(keyward))
  const answer = await fetch(`${keyward.url}/?${query}`)
  assert.match(await answer.text(), /^<DescribeRegionsResponse.*<regionName>us-east-1</)
})
