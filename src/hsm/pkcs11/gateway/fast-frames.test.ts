import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  AnswerReader,
  answerHeadBytes,
  answerIvAt,
  type FastAnswer,
  type FastRequest,
  fastBytesMax,
  fits,
  readRequest,
  toRequests,
  writeAnswerHead,
} from './fast-frames.ts'

const request: FastRequest = {
  operation: 'encrypt',
  key: 2n ** 63n + 5n,
  iv: randomBytes(12),
  data: randomBytes(300),
  input: randomBytes(70),
  sizeBytes: 0,
}

test('requests that travel together are read one after the other, in place', () => {
  const others: FastRequest[] = [
    request,
    { ...request, operation: 'decrypt', iv: randomBytes(16), data: Buffer.alloc(0) },
    { ...request, operation: 'encrypt', iv: undefined, input: Buffer.alloc(0) },
    {
      operation: 'random',
      key: 0n,
      iv: undefined,
      data: Buffer.alloc(0),
      input: Buffer.alloc(0),
      sizeBytes: 1024,
    },
  ]
  const bytes = toRequests(others)
  let at = 0
  for (const sent of others) {
    const { end, sizeBytes, ...read } = readRequest(bytes.subarray(at)) ?? assert.fail('it is not whole')
    const { sizeBytes: _, ...expected } = sent
    assert.deepEqual(read, { ...expected, iv: sent.iv && Buffer.from(sent.iv) })
    if (sent.operation === 'random') assert.equal(sizeBytes, 1024)
    assert.equal(read.input.buffer, bytes.buffer)
    at += end
  }
  assert.equal(at, bytes.length)
})

test('a request that is not whole waits, and bytes that are none are refused', () => {
  const bytes = toRequests([request])
  for (const size of [0, 3, 4, 20, bytes.length - 1])
    assert.equal(readRequest(bytes.subarray(0, size)), undefined)
  const changed = (at: number, value: number) => {
    const copy = Buffer.from(bytes)
    copy.writeUInt8(value, at)
    return copy
  }
  assert.throws(() => readRequest(changed(0, 0xff)), /wrong size/)
  assert.throws(() => readRequest(Buffer.alloc(4)), /wrong size/)
  assert.throws(() => readRequest(changed(4, 9)), /no request/)
  assert.throws(() => readRequest(changed(5, 17)), /no request/)
  assert.throws(() => readRequest(changed(6, 0xff)), /shorter than its parts/)
})

test('a request that a frame has no room for does not fit', () => {
  assert.ok(fits(request))
  assert.ok(!fits({ ...request, input: Buffer.alloc(fastBytesMax) }))
  assert.ok(!fits({ ...request, data: Buffer.alloc(0x1_0000) }))
  assert.ok(!fits({ ...request, sizeBytes: 0x1_0000 }))
  for (const size of [0, 17]) assert.ok(!fits({ ...request, iv: Buffer.alloc(size) }))
})

function answerOf(status: FastAnswer['status'], iv: Buffer, output: Buffer): Buffer {
  const bytes = Buffer.alloc(answerHeadBytes + output.length)
  writeAnswerHead(bytes, status, { iv: iv.length, output: output.length })
  iv.copy(bytes, answerIvAt)
  output.copy(bytes, answerHeadBytes)
  return bytes
}

test('answers are read from pieces of any size, which are wiped', () => {
  const expected: FastAnswer[] = [
    { status: 'done', iv: randomBytes(12), output: randomBytes(50) },
    { status: 'stale', iv: Buffer.alloc(0), output: Buffer.alloc(0) },
    { status: 'problem', iv: Buffer.alloc(0), output: Buffer.from('{}') },
  ]
  const bytes = Buffer.concat(expected.map(({ status, iv, output }) => answerOf(status, iv, output)))
  for (const size of [1, 7, 30, bytes.length]) {
    const [reader, read] = [new AnswerReader(), [] as FastAnswer[]]
    for (let at = 0; at < bytes.length; at += size) {
      const piece = Buffer.from(bytes.subarray(at, at + size))
      reader.add(piece, answer => read.push(answer))
      assert.ok(piece.every(byte => byte === 0))
    }
    assert.deepEqual(read, expected)
  }
  const wrong = Buffer.from(bytes)
  wrong.writeUInt8(3, 4)
  assert.throws(() => new AnswerReader().add(wrong, () => undefined), /no answer/)
})
