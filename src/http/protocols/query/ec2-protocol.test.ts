import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../../../domain/index.ts'
import type { Operation } from '../../../operation/index.ts'
import {
  boolean,
  ConstraintProblem,
  decode,
  integer,
  list,
  SerializationProblem,
  string,
  structure,
  timestamp,
} from '../../../std/index.ts'
import { ec2Protocol, readEc2Input } from './ec2-protocol.ts'
import { parseFormBody } from './form.ts'

const texts = list(string())
const tags = list(structure({ Key: string(), Value: string() }))
const input = structure({
  VpcEndpointType: string(),
  VpcId: string(),
  ServiceName: string(),
  SubnetId: texts,
  SecurityGroupId: texts,
  PrivateDnsEnabled: boolean(),
  DnsOptions: structure({ DnsRecordIpType: string() }),
  TagSpecification: list(structure({ ResourceType: string(), Tag: tags })),
  SubnetConfiguration: list(structure({ SubnetId: string(), Ipv4: string() })),
  Filter: list(structure({ Name: string(), Value: texts })),
  Tag: tags,
  ClientToken: string(),
  MaxResults: integer(),
  DryRun: boolean(),
})

const read = (form: string) => decode(input, readEc2Input(input, parseFormBody(Buffer.from(form))))

// The forms were made by botocore 1.43.11 from the values beside them.
test('the forms of botocore are read', () => {
  const create =
    'Action=CreateVpcEndpoint&Version=2016-11-15&VpcEndpointType=Interface&VpcId=vpc-1a2b3c4d&ServiceName=com.amazonaws.us-east-1.kms' +
    '&SubnetId.1=subnet-1a2b3c4d&SubnetId.2=subnet-5e6f7a8b&SecurityGroupId.1=sg-1a2b3c4d&PrivateDnsEnabled=true' +
    '&DnsOptions.DnsRecordIpType=ipv4&TagSpecification.1.ResourceType=vpc-endpoint&TagSpecification.1.Tag.1.Key=team' +
    '&TagSpecification.1.Tag.1.Value=a+b%2Bc&TagSpecification.1.Tag.2.Key=x&TagSpecification.1.Tag.2.Value=' +
    '&SubnetConfiguration.1.SubnetId=subnet-1a2b3c4d&SubnetConfiguration.1.Ipv4=10.20.1.5&ClientToken=t&DryRun=false'
  assert.deepEqual(read(create), {
    VpcEndpointType: 'Interface',
    VpcId: 'vpc-1a2b3c4d',
    ServiceName: 'com.amazonaws.us-east-1.kms',
    SubnetId: ['subnet-1a2b3c4d', 'subnet-5e6f7a8b'],
    SecurityGroupId: ['sg-1a2b3c4d'],
    PrivateDnsEnabled: true,
    DnsOptions: { DnsRecordIpType: 'ipv4' },
    TagSpecification: [
      {
        ResourceType: 'vpc-endpoint',
        Tag: [
          { Key: 'team', Value: 'a b+c' },
          { Key: 'x', Value: '' },
        ],
      },
    ],
    SubnetConfiguration: [{ SubnetId: 'subnet-1a2b3c4d', Ipv4: '10.20.1.5' }],
    ClientToken: 't',
    DryRun: false,
  })
  const describe =
    'Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1a2b3c4d&Filter.1.Value.2=vpc-2%2A' +
    '&Filter.2.Name=tag%3Ateam&Filter.2.Value.1=a&MaxResults=5&DryRun=true'
  assert.deepEqual(read(describe), {
    Filter: [
      { Name: 'vpc-id', Value: ['vpc-1a2b3c4d', 'vpc-2*'] },
      { Name: 'tag:team', Value: ['a'] },
    ],
    MaxResults: 5,
    DryRun: true,
  })
  assert.deepEqual(read('Action=DeleteTags&Version=2016-11-15&Tag.1.Key=a&Tag.2.Key=b&Tag.2.Value='), {
    Tag: [{ Key: 'a' }, { Key: 'b', Value: '' }],
  })
})

test('the parameters of a signed URL are not those of the operation', () => {
  assert.deepEqual(read('Action=A&Version=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&VpcId=v'), {
    VpcId: 'v',
  })
})

/** Returns the code of the error that a form gets; `SerializationProblem` and `ConstraintProblem` for those. */
function refusalOf(form: string): string {
  try {
    read(form)
  } catch (error) {
    if (error instanceof ServiceError) return error.code
    if (error instanceof SerializationProblem || error instanceof ConstraintProblem)
      return error.constructor.name
    throw error
  }
  return 'read'
}

test('a parameter that the operation does not have is refused, in lists and structures too', () => {
  for (const form of [
    'Colour=red',
    'vpcId=v',
    'Filter.1.Colour=red',
    'DnsOptions.Colour=red',
    'SubnetIds.1=s',
    '__proto__=1',
    'constructor=1',
  ])
    assert.equal(refusalOf(form), 'UnknownParameter', form)
  assert.throws(() => read('a%3Cb=1'), { text: 'The parameter is not recognized' })
  assert.throws(() => read('Colour=1'), { text: 'The parameter Colour is not recognized' })
})

test('broken lists are refused', () => {
  for (const form of [
    'SubnetId=s',
    'SubnetId=s&SubnetId.1=s',
    'SubnetId.1=s&SubnetId.1.2=s',
    'SubnetId.member.1=s',
    'SubnetId.0=s',
    'SubnetId.-1=s',
    'SubnetId.x=s',
    'SubnetId.12=s',
    'SubnetId.1=s&SubnetId.13=s',
    'SubnetId.4000000000=s',
    `SubnetId.${'9'.repeat(300)}=s`,
    'Filter.1=s',
    'Filter.1.Value=s',
    'Filter.Name=s',
    'VpcId.1=v',
    'DnsOptions=x',
    'DryRun=yes',
    'MaxResults=many',
  ])
    assert.equal(refusalOf(form), 'SerializationProblem', form)
  // An item is missing.
  assert.equal(refusalOf('SubnetId.1=s&SubnetId.3=s'), 'ConstraintProblem')
  for (const form of [
    'SubnetId.1=a&SubnetId.01=b',
    `Filter${'.Value'.repeat(11)}=a`,
    'Filter.1.Name=a&Filter.01.Name=b',
  ])
    assert.equal(refusalOf(form), 'InvalidQueryParameterException', form)
  assert.deepEqual(read('SubnetId='), { SubnetId: [] })
  assert.deepEqual(read('SubnetId.2=b&SubnetId.1=a'), { SubnetId: ['a', 'b'] })
})

test('any form is read, or has an error of the client', () => {
  const segment = fc.constantFrom(
    ...['Filter', 'Name', 'Value', 'SubnetId', 'Tag', 'Key', 'DnsOptions', 'DryRun', 'MaxResults', 'member'],
    ...['1', '2', '01', '0', '-1', '11', '999999999', '', '__proto__', 'constructor', '%', 'x'],
  )
  const parameter = fc
    .tuple(
      fc.array(segment, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('', 'a', 'true', '7', '%00', '%ff'),
    )
    .map(([segments, value]) => `${segments.join('.')}=${value}`)
  let reads = 0
  fc.assert(
    fc.property(fc.array(parameter, { maxLength: 8 }), parameters => {
      if (refusalOf(parameters.join('&')) === 'read') reads++
    }),
    { numRuns: 3000 },
  )
  assert.ok(reads > 0)
})

test('4,000 parameters with gaps make a list that is not much longer', () => {
  const form = Array.from({ length: 4000 }, (_, i) => `Filter.${i * 10 + 1}.Name=a`).join('&')
  assert.ok((read(form).Filter?.length ?? 0) <= 40_000)
  assert.throws(() => read(`${form}&VpcId=v`), { code: 'InvalidQueryParameterException' })
})

const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/'
const protocol = ec2Protocol(namespace)

// The form is that of Smithy, "AWS EC2 query protocol", and of the example in the Amazon EC2 API reference, "DescribeVpcEndpoints".
test('an answer has the id of the request first, and no element around its members', () => {
  const output = structure({
    vpcEndpointSet: list(
      structure({
        vpcEndpointId: string(),
        subnetIdSet: texts,
        tagSet: list(structure({ key: string(), value: string() })),
        privateDnsEnabled: boolean(),
        creationTimestamp: timestamp(),
        lastError: structure({ code: string() }),
      }),
    ),
    nextToken: string(),
  })
  const operation = { name: 'DescribeVpcEndpoints', output } as unknown as Operation
  const endpoint = {
    vpcEndpointId: 'vpce-1a2b3c4d',
    subnetIdSet: ['subnet-1', 'subnet-<2>'],
    tagSet: [],
    privateDnsEnabled: true,
    creationTimestamp: Date.UTC(2026, 10, 30, 1),
  }
  assert.equal(
    protocol.renderOutput(operation, output.encode({ vpcEndpointSet: [endpoint] }), 'r-1'),
    `<DescribeVpcEndpointsResponse xmlns="${namespace}"><requestId>r-1</requestId><vpcEndpointSet><item>` +
      '<vpcEndpointId>vpce-1a2b3c4d</vpcEndpointId><subnetIdSet><item>subnet-1</item><item>subnet-&lt;2&gt;</item></subnetIdSet>' +
      '<tagSet/><privateDnsEnabled>true</privateDnsEnabled><creationTimestamp>2026-11-30T01:00:00.000Z</creationTimestamp>' +
      '</item></vpcEndpointSet></DescribeVpcEndpointsResponse>',
  )
})

// Amazon EC2 API reference, "Error codes": example of an error response. The statuses of the first two: hashicorp/terraform issue
// 17273; those of the others: AWS SDK for Java, whose messages have them.
test('an error has the envelope, the code and the status of EC2', () => {
  const { status, body } = protocol.renderError(new ServiceError('InvalidSignatureException', 'a <b>'), 'r-1')
  assert.deepEqual(
    [status, body],
    [
      401,
      '<Response><Errors><Error><Code>AuthFailure</Code><Message>a &lt;b&gt;</Message></Error></Errors><RequestID>r-1</RequestID></Response>',
    ],
  )
  for (const [code, wire, wireStatus] of [
    ['UnrecognizedClientException', 'AuthFailure', 401],
    ['AccessDeniedException', 'UnauthorizedOperation', 403],
    ['DryRunOperationException', 'DryRunOperation', 412],
    ['InternalFailure', 'InternalError', 500],
    ['InvalidVpcID.NotFound', 'InvalidVpcID.NotFound', 400],
    ['ThrottlingException', 'RequestLimitExceeded', 503],
    ['UnknownOperationException', 'InvalidAction', 400],
    ['ValidationException', 'InvalidParameterValue', 400],
  ] as const) {
    const rendered = protocol.renderError(new ServiceError(code), 'r')
    assert.equal(rendered.status, wireStatus, code)
    assert.ok(rendered.body.includes(`<Code>${wire}</Code><Message/>`), rendered.body)
  }
})
