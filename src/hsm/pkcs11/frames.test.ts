import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameReader, toFrame } from './frames.ts'

const message = {
  head: { request: 'random' },
  parts: [Buffer.from('one'), Buffer.alloc(0), Buffer.from('three')],
}

test('messages are read from pieces of any size, which are wiped', () => {
  const frames = Buffer.concat([toFrame(message), toFrame(message)])
  for (const size of [1, 3, 7, frames.length]) {
    const reader = new FrameReader()
    const read = []
    for (let at = 0; at < frames.length; at += size) {
      const piece = Buffer.from(frames.subarray(at, at + size))
      read.push(...reader.add(piece))
      assert.ok(piece.every(byte => byte === 0))
    }
    assert.deepEqual(read, [message, message])
  }
})

test('bytes that are no frame are refused', () => {
  const framed = (head: string, ...more: number[]) => {
    const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(head), Buffer.from(more)])
    bytes.writeUInt32BE(bytes.length - 4)
    bytes.writeUInt32BE(Buffer.byteLength(head), 4)
    return bytes
  }
  assert.equal(new FrameReader().add(framed('{"sizes":[1]}', 7)).length, 1)
  const headTooLong = framed('{"sizes":[]}')
  headTooLong.writeUInt32BE(500, 4)
  for (const bytes of [
    Buffer.from([255, 255, 255, 255]),
    Buffer.from([0, 0, 0, 2, 0, 0]),
    headTooLong,
    ...['{', '[]', '{}', '{"sizes":1}', '{"sizes":[1]}', '{"sizes":[-1]}', '{"sizes":[0.5]}'].map(head =>
      framed(head),
    ),
    framed('{"sizes":[1]}', 1, 2),
  ])
    assert.throws(() => new FrameReader().add(bytes))
})
