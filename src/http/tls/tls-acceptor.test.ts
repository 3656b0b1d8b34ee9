import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import fc from 'fast-check'
import { issueCertificate, type TlsEcho, tlsEcho } from '../../../test/fixtures/tls/echo-server.ts'

const certificate = await issueCertificate()
const servers = {
  hybrid: await tlsEcho('hybrid', certificate),
  'hybrid-only': await tlsEcho('hybrid-only', certificate),
  classical: await tlsEcho('classical', certificate),
}

/** Waits for the end of a connection, by a reset too. */
const closing = (socket: Socket) => new Promise(resolve => socket.once('close', resolve))

const handshakeFailure = { code: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' }

/** The key exchange as the server knows it, which must be the one that the client reports. */
async function keyExchangeOf(server: TlsEcho, options: ConnectionOptions): Promise<string | undefined> {
  const { socket, seen, ownKeyExchange } = await server.connect(options)
  socket.destroy()
  assert.equal(seen.keyExchange, ownKeyExchange)
  return seen.keyExchange
}

describe('the key exchange', () => {
  // An asterisk marks the groups for which OpenSSL's client sends a key share (SSL_CTX_set1_groups_list). Without one, that is
  // the first group.
  const offers: [offer: string, taken: string, why: string][] = [
    ['X25519MLKEM768', 'X25519MLKEM768', 'alone'],
    ['SecP256r1MLKEM768', 'SecP256r1MLKEM768', 'alone'],
    ['SecP384r1MLKEM1024', 'SecP384r1MLKEM1024', 'alone'],
    ['X25519', 'x25519', 'alone'],
    ['P-256', 'secp256r1', 'alone'],
    ['P-384', 'secp384r1', 'alone'],
    ['X25519:X25519MLKEM768', 'X25519MLKEM768', 'hybrid goes before the classical key share'],
    ['P-521:*P-384:SecP384r1MLKEM1024', 'SecP384r1MLKEM1024', 'hybrid goes before the classical key share'],
    ['SecP384r1MLKEM1024:X25519MLKEM768', 'SecP384r1MLKEM1024', 'a hybrid key share saves a round trip'],
    ['P-256:X25519', 'secp256r1', 'a classical key share saves a round trip'],
    ['*P-256:*X25519', 'x25519', 'the order of the server decides between key shares'],
    ['*P-521:P-384:X25519', 'x25519', 'the order of the server decides without a key share'],
  ]
  for (const [offer, taken, why] of offers) {
    test(`of ${offer} is ${taken}: ${why}`, async () => {
      assert.equal(await keyExchangeOf(servers.hybrid, { ecdhCurve: offer }), taken)
    })
  }

  test('is the one that the client reports, whatever it offers', async () => {
    const groups = [
      'X25519MLKEM768',
      'SecP256r1MLKEM768',
      'SecP384r1MLKEM1024',
      'X25519',
      'P-256',
      'P-384',
      'P-521',
    ]
    // OpenSSL's client sends at most four key shares.
    const offer = fc
      .shuffledSubarray(groups, { minLength: 2 })
      .chain(list => fc.tuple(fc.constant(list), fc.subarray(list, { maxLength: Math.min(4, list.length) })))
      .map(([list, shares]) => list.map(group => (shares.includes(group) ? `*${group}` : group)).join(':'))
    await fc.assert(
      fc.asyncProperty(offer, async ecdhCurve => {
        const taken = await keyExchangeOf(servers.hybrid, { ecdhCurve })
        assert.equal(taken?.includes('MLKEM'), ecdhCurve.includes('MLKEM'))
      }),
      { numRuns: 60 },
    )
  })

  test('of a resumed session is its own in TLS 1.3, and not known in TLS 1.2', async () => {
    const first = await servers.hybrid.connect({ ecdhCurve: 'X25519MLKEM768' })
    const again = await servers.hybrid.connect({ ecdhCurve: 'P-256', session: first.session() as Buffer })
    assert.equal(again.socket.isSessionReused(), true)
    assert.deepEqual([first.seen.keyExchange, again.seen.keyExchange], ['X25519MLKEM768', 'secp256r1'])

    const older = await servers.hybrid.connect({ maxVersion: 'TLSv1.2' })
    const olderAgain = await servers.hybrid.connect({
      maxVersion: 'TLSv1.2',
      session: older.session() as Buffer,
    })
    assert.equal(olderAgain.socket.isSessionReused(), true)
    assert.deepEqual([older.seen.keyExchange, olderAgain.seen.keyExchange], ['x25519', undefined])
  })

  test('is counted', async () => {
    const { connectionsByKeyExchange: counts } = servers.classical.acceptor
    const before = counts.get('secp384r1') ?? 0
    for (let i = 0; i < 3; i++) await keyExchangeOf(servers.classical, { ecdhCurve: 'P-384' })
    assert.equal(counts.get('secp384r1'), before + 3)
  })
})

test('hybrid-only refuses classical clients and TLS 1.2 in the handshake', async () => {
  const server = servers['hybrid-only']
  assert.equal(await keyExchangeOf(server, { ecdhCurve: 'X25519:SecP256r1MLKEM768' }), 'SecP256r1MLKEM768')
  await assert.rejects(server.connect({ ecdhCurve: 'X25519:P-256' }), handshakeFailure)
  await assert.rejects(server.connect({ maxVersion: 'TLSv1.2' }), {
    code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  })
})

test('classical refuses clients that have only hybrid groups', async () => {
  assert.equal(await keyExchangeOf(servers.classical, { ecdhCurve: 'X25519MLKEM768:X25519' }), 'x25519')
  await assert.rejects(servers.classical.connect({ ecdhCurve: 'X25519MLKEM768' }), handshakeFailure)
})

test('TLS 1.2 and 1.3 have forward-secret suites with authenticated encryption alone', async () => {
  const suites13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
  const suites12 = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].map(
    name => `ECDHE-ECDSA-${name}`,
  )
  for (const [maxVersion, suites] of [
    ['TLSv1.3', suites13],
    ['TLSv1.2', suites12],
  ] as const) {
    for (const ciphers of suites) {
      const { socket, seen } = await servers.hybrid.connect({ ciphers, maxVersion })
      socket.destroy()
      assert.deepEqual([seen.tlsVersion, seen.cipherSuite], [maxVersion, ciphers])
    }
  }
  const refused = [
    'ECDHE-ECDSA-AES128-SHA256',
    'ECDHE-ECDSA-AES256-SHA',
    'AES128-GCM-SHA256',
    'DHE-RSA-AES128-GCM-SHA256',
  ]
  for (const ciphers of refused) {
    await assert.rejects(
      servers.hybrid.connect({ ciphers, maxVersion: 'TLSv1.2' }),
      handshakeFailure,
      ciphers,
    )
  }
  const older = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
  await assert.rejects(servers.hybrid.connect(older), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
})

test('the application protocol is HTTP/1.1, and a client that insists on a different one gets an alert', async () => {
  const { socket } = await servers.hybrid.connect({ ALPNProtocols: ['h2', 'http/1.1'] })
  assert.equal(socket.alpnProtocol, 'http/1.1')
  await assert.rejects(servers.hybrid.connect({ ALPNProtocols: ['h2'] }), {
    code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
  })
})

test('renegotiation is refused', async () => {
  const { socket } = await servers.hybrid.connect({ maxVersion: 'TLSv1.2' })
  const error = await new Promise<Error | null>(resolve => {
    socket.renegotiate({ rejectUnauthorized: false }, resolve)
    socket.once('error', resolve)
  })
  assert.match(error?.message ?? '', /no.renegotiation/i)
})

test('a new certificate is for new connections, and those that are open live on', async () => {
  const server = await tlsEcho('hybrid', certificate)
  const open = await server.connect()
  server.acceptor.useCertificate(await issueCertificate())
  const next = await server.connect()
  const [before, after] = [open, next].map(({ socket }) => socket.getPeerCertificate().fingerprint256)
  assert.notEqual(before, after)
  open.socket.write('still here')
  assert.deepEqual(await once(open.socket, 'data'), ['still here'])
  // The tickets of sessions under the old certificate are not valid any more.
  const resumed = await server.connect({ session: open.session() as Buffer })
  assert.equal(resumed.socket.isSessionReused(), false)
})

test('a client may close its side after the handshake and still gets its answer', async () => {
  const { socket } = await servers.hybrid.connect()
  let answer = ''
  socket.on('data', text => {
    answer += text
  })
  socket.end('last words, ')
  await closing(socket)
  assert.equal(answer, 'last words, the end')
})

test('a client that closes its side in the handshake is cut at once', async () => {
  const { acceptor, port } = servers.hybrid
  const socket = connect(port, '127.0.0.1').resume()
  socket.end((await captureHello({})).subarray(0, 100))
  await closing(socket)
  while (acceptor.handshakesInProgress > 0) await setImmediate()
})

test('a client of plain HTTP gets an answer that says so, and other data none', async () => {
  const answers: string[] = []
  for (const data of ['GET / HTTP/1.1\r\n\r\n', 'POST', 'SSH-2.0-x\r\n', '\x80\x2e\x01', '\0']) {
    const socket = connect(servers.hybrid.port, '127.0.0.1').setEncoding('latin1')
    let answer = ''
    socket.on('data', text => {
      answer += text
    })
    socket.on('error', () => {})
    socket.end(data)
    await closing(socket)
    answers.push(answer)
  }
  assert.match(
    answers[0] ?? '',
    /^HTTP\/1.1 400 Bad Request\r\n.*Content-Length: 52\r\n.*\r\n\r\nThis port speaks HTTPS/s,
  )
  assert.deepEqual(answers.slice(1), ['', '', '', ''])
})

/** The first message of a client: its ClientHello. */
async function captureHello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connectTls({ ...options, host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  client.on('error', () => {})
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  server.close()
  return hello
}

describe('a ClientHello', () => {
  test('may come in pieces', async () => {
    const hello = await captureHello({ servername: 'localhost' })
    for (const size of [1, 5, 700]) {
      const socket = connect(servers.hybrid.port, '127.0.0.1').setNoDelay(true)
      for (let i = 0; i < hello.length; i += size) {
        socket.write(hello.subarray(i, i + size))
        if (i < 8 || size > 5) await setImmediate()
      }
      const [answer] = (await once(socket, 'data')) as [Buffer]
      // A record with a ServerHello (RFC 8446, 4 and 5.1).
      assert.deepEqual([answer[0], answer[5]], [22, 2])
      socket.destroy()
    }
  })

  test('that is damaged never stops the server', async () => {
    const { hybrid } = servers
    const hellos = await Promise.all([
      captureHello({}),
      captureHello({
        ecdhCurve: 'P-256:X25519MLKEM768',
        servername: 'localhost',
        ALPNProtocols: ['http/1.1'],
      }),
      captureHello({ maxVersion: 'TLSv1.2' }),
    ])
    const damaged = fc.constantFrom(...hellos).chain(hello =>
      fc
        .record({
          changes: fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 8 }),
          end: fc.oneof(fc.constant(hello.length), fc.nat(hello.length)),
          more: fc.uint8Array({ maxLength: 64 }),
        })
        .map(({ changes, end, more }) => {
          const bytes = Buffer.from(hello)
          for (const [at, to] of changes) bytes[at] = to
          return Buffer.concat([bytes.subarray(0, end), more])
        }),
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, fc.uint8Array({ maxLength: 600 })), async bytes => {
        const socket = connect(hybrid.port, '127.0.0.1')
        socket.on('error', () => {})
        socket.write(bytes)
        // The server answers, closes, or waits for more.
        await Promise.race([once(socket, 'data').catch(() => {}), closing(socket), setImmediate()])
        socket.destroy()
      }),
      { numRuns: 500 },
    )
    await keyExchangeOf(hybrid, {})
    while (hybrid.acceptor.handshakesInProgress > 0) await setImmediate()
  })
})
