import assert from 'node:assert/strict'
import { test } from 'node:test'
import { okay, serveEngine, until } from '../../../test/fixtures/engine/engine-server.ts'
import { RawConnection } from '../../../test/fixtures/raw-connection.ts'

test('an answer may be bytes, among others in UTF-8 that go out with it', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('latin1')
  await using server = await serveEngine()
  const connection = await RawConnection.open(server.url)
  const methods = ['GET', 'GET', 'HEAD', 'GET', 'GET']
  const last = 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'
  connection.write(methods.map(method => `${method} / HTTP/1.1\r\n\r\n`).join('') + last)
  const binary = { ...okay(bytes), isBinary: true }
  const replies = [okay('é'), binary, binary, okay('鍵'), binary, okay('last')]
  await until(() => server.taken.length === replies.length)
  // The first request is answered last, so that all answers go out at once.
  for (const [index, reply] of [...replies.entries()].reverse()) server.taken[index]?.exchange.answer(reply)
  let rest = await connection.readToEnd()
  const utf8 = (text: string) => Buffer.from(text).toString('latin1')
  const bodies = [utf8('é'), bytes, '', utf8('鍵'), bytes, 'last']
  for (const [index, body] of bodies.entries()) {
    const [head = ''] = rest.split('\r\n\r\n', 1)
    const sizeBytes = methods[index] === 'HEAD' ? bytes.length : body.length
    assert.match(head, new RegExp(`\r\nContent-Length: ${sizeBytes}\r\n`))
    const start = head.length + 4
    assert.equal(rest.slice(start, start + body.length), body)
    rest = rest.slice(start + body.length)
  }
  assert.equal(rest, '')
})
