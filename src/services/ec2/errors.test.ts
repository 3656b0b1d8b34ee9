import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../../domain/index.ts'
import { recordedErrorCodes, rewordsError } from './errors.ts'

test('a denial keeps its code, its details and its reason', () => {
  const details = () => ['all of it']
  const denial = new ServiceError('AccessDeniedException', 'User: x is not authorized', {
    ...{ reason: 'r', isByEndpoint: true },
    details,
  })
  const { code, text, reason, details: kept, isByEndpoint } = rewordsError(denial)
  assert.deepEqual(
    [code, text, reason, kept, isByEndpoint],
    [
      'AccessDeniedException',
      'You are not authorized to perform this operation. User: x is not authorized',
      'r',
      details,
      true,
    ],
  )
})

// Recorded from AWS for DescribeAvailabilityZones.
test('a denial of all resources does not name them', () => {
  const { text } = rewordsError(
    new ServiceError(
      'AccessDeniedException',
      'User: x is not authorized to perform: y on resource: * because z',
    ),
  )
  assert.equal(
    text,
    'You are not authorized to perform this operation. User: x is not authorized to perform: y because z',
  )
})

test('a fault keeps its cause', () => {
  const cause = new Error('the disk is full')
  assert.equal(rewordsError(new ServiceError('InternalFailure', undefined, { cause })).cause, cause)
  assert.equal(rewordsError(new ServiceError('InvalidSignatureException', 'x', { cause })).cause, cause)
})

test('a wrong signature has the text of EC2, and the operator sees the reason', () => {
  const { text, reason } = rewordsError(new ServiceError('InvalidSignatureException', 'Signature expired'))
  assert.deepEqual(
    [text, reason],
    ['AWS was not able to validate the provided access credentials', 'Signature expired'],
  )
})

test('records name the side that is at fault', () => {
  for (const [code, recorded] of Object.entries({
    AccessDeniedException: 'Client.UnauthorizedOperation',
    DryRunOperationException: 'Client.DryRunOperation',
    InternalFailure: 'Server.InternalError',
    'InvalidVpcEndpointId.NotFound': 'Client.InvalidVpcEndpointId.NotFound',
    InvalidSignatureException: 'Client.AuthFailure',
  }))
    assert.equal(recordedErrorCodes[code], recorded)
})
