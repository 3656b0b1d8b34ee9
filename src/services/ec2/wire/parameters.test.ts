import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../../../domain/index.ts'
import { checkId, named, needed, noSuch } from './parameters.ts'

const throwsError = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof ServiceError && error.code === code && text.test(error.text ?? '')

test('a parameter that is absent or empty is missing', () => {
  assert.equal(needed('x', 'VpcId'), 'x')
  assert.deepEqual(needed(['x'], 'SubnetId'), ['x'])
  for (const value of [undefined, '', []])
    assert.throws(
      () => needed(value, 'VpcId'),
      throwsError('MissingParameter', /^The request must contain the parameter VpcId$/),
    )
})

// Codes: Amazon EC2 API reference, "Error codes". Text: terraform-aws-vpc issue 722.
test('an id of a wrong form has the error of its kind', () => {
  assert.equal(checkId('vpc', 'vpc-1a2b3c4d'), 'vpc-1a2b3c4d')
  const codes = {
    eni: 'InvalidNetworkInterfaceId.Malformed',
    rtb: 'InvalidRouteTableId.Malformed',
    sg: 'InvalidGroupId.Malformed',
    subnet: 'InvalidSubnetId.Malformed',
    vpc: 'InvalidVpcId.Malformed',
    vpce: 'InvalidVpcEndpointId.Malformed',
  } as const
  for (const [kind, code] of Object.entries(codes))
    assert.throws(
      () => checkId(kind as keyof typeof codes, 'vpc-1A2B3C4D'),
      throwsError(code, /vpc-1A2B3C4D/),
    )
  assert.throws(
    () => checkId('subnet', 'mine'),
    throwsError(
      'InvalidSubnetId.Malformed',
      /^Invalid Subnet Id: 'mine' \(expecting 'subnet-\.\.\.; the Id may only contain lowercase alphanumeric characters and a single dash'\)$/,
    ),
  )
})

// boto3 users' recordings in several repositories.
test('an endpoint that does not exist has the text of AWS', () => {
  assert.ok(
    throwsError(
      'InvalidVpcEndpointId.NotFound',
      /^The Vpc Endpoint Id 'vpce-1a2b3c4d' does not exist$/,
    )(noSuch('vpce', 'vpce-1a2b3c4d')),
  )
})

test('a request gets the items that it names, each once, and all if it names none', () => {
  const items = ['vpc-00000001', 'vpc-00000002', 'vpc-00000003']
  const find = (ids?: readonly string[]) => named('vpc', ids, items, id => id)
  assert.deepEqual(find(), items)
  assert.deepEqual(find([]), items)
  const [first, second] = items as [string, string, string]
  assert.deepEqual(find([second, first, second]), [second, first])
  assert.throws(() => find([first, 'vpc-00000004']), throwsError('InvalidVpcID.NotFound', /'vpc-00000004'/))
  assert.throws(() => find([first, 'vpc']), throwsError('InvalidVpcId.Malformed', /"vpc"/))
})
