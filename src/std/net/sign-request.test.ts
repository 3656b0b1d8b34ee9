import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../../../test/fixtures/clients.ts'
import { sha256Hex } from '../digest.ts'
import { signRequest } from './sign-request.ts'
import { encodeUriPart } from './uri-part.ts'

const time = Date.UTC(2026, 10, 30, 12, 0, 1, 250)

const cases = [
  {
    name: 'a put with metadata',
    method: 'PUT',
    path: '/trail-logs/AWSLogs/1/a b+c.json.gz',
    query: {},
    body: 'bytes',
    headers: { 'x-amz-meta-signature': 'ab  cd ', 'content-type': 'application/gzip' },
  },
  {
    name: 'a list with a prefix and a marker',
    method: 'GET',
    path: '/trail-logs',
    query: { prefix: 'a/b c*(d)', marker: 'ä~', 'max-keys': '2' },
    body: '',
    headers: {},
  },
  {
    name: 'a request with a session token',
    method: 'HEAD',
    path: '/b',
    query: {},
    body: '',
    headers: {},
    sessionToken: 'token/with+signs==',
  },
] as const

for (const { name, method, path, query, body, headers, ...more } of cases) {
  // The signer of AWS's SDK for JavaScript is the other implementation.
  test(`the signature of ${name} is that of AWS's SDK`, async () => {
    const sessionToken = 'sessionToken' in more ? more.sessionToken : undefined
    const payloadHash = sha256Hex(body)
    const ownHeaders = { host: 's3.example.test:8333', 'x-amz-content-sha256': payloadHash, ...headers }
    const wirePath = path.split('/').map(encodeUriPart).join('/')
    const own = signRequest(
      { method, path: wirePath, query, headers: ownHeaders, payloadHash, region: 'eu-west-1', service: 's3' },
      { accessKeyId: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG', sessionToken },
      time,
    )
    const signer = new SignatureV4({
      region: 'eu-west-1',
      service: 's3',
      sha256: Sha256,
      uriEscapePath: false,
      credentials: {
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG',
        ...(sessionToken !== undefined && { sessionToken }),
      },
    })
    const theirs = await signer.sign(
      {
        method,
        protocol: 'http:',
        hostname: 's3.example.test',
        port: 8333,
        path: wirePath,
        query,
        headers: ownHeaders,
        body,
      },
      { signingDate: new Date(time) },
    )
    assert.equal(own['authorization'], theirs.headers['authorization'])
    assert.equal(own['x-amz-date'], theirs.headers['x-amz-date'])
  })
}
