import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usedHeapBytes } from '../../../test/fixtures/engine/used-heap.ts'
import type { WireRequest } from '../request.ts'
import { readSignatureClaim } from './signature-claim.ts'

const requestWith = (authorization: string): WireRequest => ({
  ...{ method: 'POST', path: '/', query: '' },
  ...{ headers: { authorization, 'x-amz-date': '20261130T000000Z' } },
  ...{ body: Buffer.alloc(0), remoteAddress: '192.0.2.1' },
})

test('a parameter in the place of the signature is read although the rest of the header is remembered', () => {
  const rest =
    'AWS4-HMAC-SHA256 Credential=AKIA/20261130/us-east-1/kms/aws4_request, SignedHeaders=host, Signature='
  assert.equal(readSignatureClaim(requestWith(rest + 'a'.repeat(64))).signature, 'a'.repeat(64))
  const twice = 'ab, Credential=AKIB/20261130/us-east-1/kms/aws4_request'.padEnd(64, 'x')
  assert.throws(() => readSignatureClaim(requestWith(rest + twice)), /a parameter twice/)
  assert.equal(readSignatureClaim(requestWith(rest + 'Z'.repeat(64))).signature, 'Z'.repeat(64))
})

test('a header that is remembered does not keep the rest of its request in memory', () => {
  const readOne = (index: number) => {
    const scope = `AKIA${index}/20261130/us-east-1/kms/aws4_request`
    const header = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`
    // The head of a request, as one text of which each header is a part.
    const head = Buffer.from(header + 'x'.repeat(30_000), 'latin1').toString('latin1')
    const claim = readSignatureClaim(requestWith(head.slice(0, header.length)))
    assert.equal(claim.accessKeyId, `AKIA${index}`)
  }
  const before = usedHeapBytes()
  for (let index = 0; index < 1000; index++) readOne(index)
  const keptBytes = usedHeapBytes() - before
  assert.ok(keptBytes < 8_000_000, `${keptBytes} bytes of 30,000,000`)
})
