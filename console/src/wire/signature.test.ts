import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { Sha256 } from '../../../test/fixtures/clients.ts'
import { signedHeaders } from './signature.ts'

// Expected values come from the signer of the AWS SDK.

const word = fc.stringMatching(/^[A-Za-z0-9/+=]{1,40}$/)

test('a call is signed as the AWS SDK signs it', async () => {
  const calls = fc.record({
    body: fc.string({ unit: 'grapheme', maxLength: 200 }),
    region: fc.constantFrom('us-east-1', 'eu-west-3'),
    service: fc.constantFrom('kms', 'iam', 'sts', 'keyward'),
    host: fc.constantFrom('localhost:4599', 'kms.example.com', '[::1]:4599'),
    time: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
    accessKeyId: word,
    secretAccessKey: word,
    sessionToken: fc.option(word, { nil: undefined }),
    target: fc.stringMatching(/^[A-Za-z.]{1,30}$/),
  })
  await fc.assert(
    fc.asyncProperty(calls, async ({ accessKeyId, secretAccessKey, sessionToken, target, ...call }) => {
      const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
      const { region, service, host, body, time } = call
      const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false })
      const { headers: expected } = await signer.sign(
        {
          ...{ method: 'POST', protocol: 'http:', hostname: host, path: '/', query: {}, body },
          headers: { host, ...headers },
        },
        { signingDate: time },
      )
      const { host: _host, ...sent } = expected
      assert.deepEqual(signedHeaders({ ...call, headers }, credentials), sent)
    }),
    { numRuns: 500 },
  )
})
