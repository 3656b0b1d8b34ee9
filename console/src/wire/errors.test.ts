import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readError } from './errors.ts'

const headers = new Headers({ date: 'Tue, 01 Dec 2026 08:00:00 GMT', 'x-amzn-requestid': 'r-1' })
const at = new Date('2026-12-01T09:00:00Z')
const json = (body: object | string, status = 400) =>
  readError('json', status, typeof body === 'string' ? body : JSON.stringify(body), headers, at)

test('an error has what AWS says, and how to go on', () => {
  // AWS KMS developer guide, "Troubleshooting key access": the text of a denial.
  const text =
    'User: arn:aws:iam::111122223333:user/ann is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-west-2:111122223333:key/1234abcd because no identity-based policy allows the kms:Decrypt action'
  const error = json({ __type: 'AccessDeniedException', Message: text })
  assert.equal(error.kind, 'denied')
  assert.deepEqual(error.denial, {
    principal: 'arn:aws:iam::111122223333:user/ann',
    action: 'kms:Decrypt',
    resource: 'arn:aws:kms:us-west-2:111122223333:key/1234abcd',
  })
  assert.deepEqual([error.facts.requestId, error.facts.serverDate], ['r-1', new Date('2026-12-01T08:00:00Z')])
})

test('the kinds of errors are known by their codes and texts', () => {
  const kindOf = (__type: string, message: string, status?: number) => json({ __type, message }, status).kind
  assert.equal(kindOf('NotFoundException', 'x'), 'notFound')
  assert.equal(kindOf('ThrottlingException', 'x'), 'throttled')
  assert.equal(kindOf('ExpiredTokenException', 'x'), 'sessionOver')
  assert.equal(kindOf('UnrecognizedClientException', 'x'), 'sessionOver')
  const expired = 'Signature expired: 20261201T080000Z is now earlier than 20261201T085500Z'
  assert.equal(kindOf('InvalidSignatureException', expired), 'wrongClock')
  assert.equal(
    kindOf('KMSInternalException', 'The server is sealed. An operator must unseal it.', 500),
    'sealed',
  )
  assert.equal(kindOf('ValidationException', 'x'), 'other')
})

test('an error in XML is read, and what is no error is said to be none', () => {
  const xml =
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>a &amp; b</Message></Error><RequestId>r</RequestId></ErrorResponse>'
  const error = readError('query', 403, xml, headers, at)
  assert.deepEqual(
    [error.kind, error.facts.code, error.facts.text],
    ['sessionOver', 'InvalidClientTokenId', 'a & b'],
  )
  for (const body of ['', '<html>', '{}', '[]', 'null']) {
    assert.equal(json(body, 502).facts.code, 'HTTP 502')
    assert.equal(readError('query', 502, body, headers, at).facts.code, 'HTTP 502')
  }
})
