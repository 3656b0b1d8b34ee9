import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ask, contentOf } from '../../../test/fixtures/console/ask.ts'
import {
  contents,
  listedNames,
  makeConsoleFolder,
  typeOf,
} from '../../../test/fixtures/console/console-folder.ts'
import { hostilePaths } from '../../../test/fixtures/console/hostile-paths.ts'
import { RawConnection } from '../../../test/fixtures/raw-connection.ts'
import type { ServiceError } from '../../domain/index.ts'
import type { Endpoint } from '../../operation/index.ts'
import { ConsoleFiles, HttpServer, Listener } from '../index.ts'

const config = '{"regions":["us-east-1"],"note":"鍵"}'

/** A server with a console in a folder of its own. All other requests are refused, and counted. */
async function serveConsole(t: TestContext, { endpoint, refusesWebPages = false }: ServingOptions = {}) {
  const directory = makeConsoleFolder()
  let openings = 0
  let refusals = 0
  const faults: ServiceError[] = []
  const http = new HttpServer({
    perform: () => assert.fail('there are no services'),
    recordRefusal: async ({ error }) => {
      refusals++
      return { requestId: 'id', output: undefined, error }
    },
    authenticate: () => assert.fail('there are no services'),
    ...{ heads: undefined, services: [], refusesWebPages, corsOrigins: '*' as const },
    ...{ forwardingProxies: undefined, testClock: undefined, onFault: error => faults.push(error) },
    ...{ healthNotes: [], readiness: () => 'ok' },
    webConsole: {
      files: () => {
        openings++
        return ConsoleFiles.open(directory)
      },
      config,
      tokenEndpoints: [],
    },
  })
  const door = endpoint === undefined ? {} : { door: { endpoint, isOver: false } }
  const listener = await Listener.listen({
    ...{ host: '127.0.0.1', port: 0, setting: 'none' },
    accept: socket => http.serve(socket, { remoteAddress: '192.0.2.1', ...door }),
  })
  t.after(async () => {
    const closed = listener.close()
    await http.close(0)
    await closed
  })
  const url = `http://${listener.authority}`
  return { url, directory, faults, openings: () => openings, refusals: () => refusals }
}

interface ServingOptions {
  readonly endpoint?: Endpoint
  readonly refusesWebPages?: boolean
}

for (const encoding of ['br', 'gzip', 'identity']) {
  test(`every listed file is there in the encoding ${encoding}`, async t => {
    const { url } = await serveConsole(t)
    for (const name of listedNames) {
      const answer = await ask(url, `/console/${name}`, { headers: { 'accept-encoding': encoding } })
      assert.equal(answer.status, 200)
      assert.equal(answer.headers['content-encoding'], encoding === 'identity' ? undefined : encoding)
      assert.deepEqual(contentOf(answer), contents[name], name)
      assert.equal(answer.headers['content-type'], typeOf(name))
      assert.equal(answer.headers['content-length'], String(answer.bytes.length))
      assert.equal(answer.headers['vary'], 'Accept-Encoding')
    }
  })
}

test('the page is there at the root and where identity providers return people to', async t => {
  const { url } = await serveConsole(t)
  for (const path of ['/console/', '/console/?a=b', '/console/callback?code=c&state=s']) {
    assert.deepEqual(contentOf(await ask(url, path)), contents['index.html'], path)
  }
  for (const path of ['/console', '/console?a=b']) {
    const { status, headers, bytes } = await ask(url, path)
    assert.deepEqual([status, headers.location, bytes.length], [302, '/console/', 0], path)
  }
})

test('config.json is what the server says, in UTF-8', async t => {
  const { url } = await serveConsole(t)
  const { headers, bytes } = await ask(url, '/console/config.json')
  assert.equal(bytes.toString('utf8'), config)
  assert.equal(headers['content-type'], 'application/json')
})

test('assets are kept for a year; all else is asked for again, and answered with 304 if it is the same', async t => {
  const { url } = await serveConsole(t)
  const year = 'public, max-age=31536000, immutable'
  const rules: Record<string, string> = {
    '/console/': 'no-cache',
    '/console/callback': 'no-cache',
    '/console/config.json': 'no-cache',
    '/console/favicon.svg': 'no-cache',
    '/console/assets/main-a.js': year,
    '/console/nothing': 'no-store',
  }
  for (const [path, rule] of Object.entries(rules)) {
    const first = await ask(url, path)
    assert.equal(first.headers['cache-control'], rule, path)
    if (rule === 'no-store') continue
    const etag = first.headers.etag ?? ''
    assert.match(etag, /^"[^"]+"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask(url, path, { headers: { 'if-none-match': known } })
      assert.deepEqual([again.status, again.bytes.length], [304, 0], `${path} ${known}`)
      // RFC 9110, 15.4.5: the headers that a 200 would have had, and none of the content.
      const kept = ['etag', 'cache-control', 'vary', 'content-security-policy']
      for (const name of kept) assert.equal(again.headers[name], first.headers[name])
      assert.equal(again.headers['content-length'], undefined)
    }
    assert.equal((await ask(url, path, { headers: { 'if-none-match': '"other"' } })).status, 200)
  }
})

test('each encoding of a file has a validator of its own', async t => {
  const { url } = await serveConsole(t)
  const etags = await Promise.all(
    ['br', 'gzip', 'identity'].map(
      async encoding =>
        (await ask(url, '/console/', { headers: { 'accept-encoding': encoding } })).headers.etag,
    ),
  )
  assert.equal(new Set(etags).size, 3)
})

test('HEAD has the head of GET, and other methods are refused', async t => {
  const { url } = await serveConsole(t)
  for (const path of ['/console/', '/console/config.json', '/console/assets/all.png']) {
    const [got, head] = [await ask(url, path), await ask(url, path, { method: 'HEAD' })]
    const { date: _, ...expected } = got.headers
    const { date: __, ...headers } = head.headers
    assert.deepEqual([head.status, headers, head.bytes.length], [200, expected, 0])
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
    const { status, headers } = await ask(url, '/console/', { method })
    assert.deepEqual([status, headers['allow'], headers['cache-control']], [405, 'GET, HEAD', 'no-store'])
  }
})

test('no path leads to a file that the build has not listed', async t => {
  const { url, faults } = await serveConsole(t)
  for (const path of hostilePaths) {
    const { status, headers, bytes } = await ask(url, path)
    assert.deepEqual([status, bytes.toString()], [404, 'There is no such file.\n'], path)
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; /)
  }
  assert.deepEqual(faults, [])
})

test('binary and other answers go out in order on one connection', async t => {
  const { url } = await serveConsole(t)
  const connection = await RawConnection.open(url)
  const order = ['/console/assets/all.png', '/healthz', '/console/nothing', '/console/config.json']
  const more = ['/console/assets/all.png', '/console']
  const paths = [...order, ...more]
  const requests = paths.map((path, index) => {
    const close = index === paths.length - 1 ? 'Connection: close\r\n' : ''
    return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${close}\r\n`
  })
  connection.write(requests.join(''))
  const received = await connection.readToEnd()
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
  assert.deepEqual(statuses, [200, 200, 404, 200, 200, 302])
  const parts = received.split(contents['assets/all.png'].toString('latin1'))
  assert.equal(parts.length, 3)
  assert.ok(parts[1]?.includes(Buffer.from(config).toString('latin1')))
})

test('a file is read once for each encoding, also by requests at the same time', async () => {
  const files = await ConsoleFiles.open(makeConsoleFolder())
  assert.equal(files.find('index.html', 'gzip'), files.find('index.html', 'gzip'))
  assert.notEqual(files.find('index.html', 'br'), files.find('index.html', 'gzip'))
  assert.equal(files.find('assets/unlisted.js', 'br'), undefined)
})

test('a file that cannot be read is a fault of the server, and is tried again', async t => {
  const { url, directory, faults } = await serveConsole(t)
  rmSync(join(directory, 'favicon.svg.br'))
  const { status, bytes } = await ask(url, '/console/favicon.svg')
  assert.deepEqual([status, bytes.toString()], [500, 'A file of the console cannot be read.\n'])
  assert.match(String(faults[0]?.cause), /ENOENT/)
  assert.equal((await ask(url, '/console/')).status, 200)
})

test('a server that nobody asks for the console opens none of its files', async t => {
  const { url, openings } = await serveConsole(t)
  for (const path of ['/', '/healthz', '/consoles', '/Console/', '/x/console/']) await ask(url, path)
  assert.equal(openings(), 0)
  await ask(url, '/console/')
  assert.equal(openings(), 1)
})

test('a browser that opens the server itself is led to the console, and nobody else', async t => {
  const { url, refusals } = await serveConsole(t)
  const navigates = { 'sec-fetch-mode': 'navigate' }
  const visit = await ask(url, '/', { headers: navigates })
  assert.deepEqual([visit.status, visit.headers.location], [302, '/console/'])
  assert.equal(visit.headers['cache-control'], 'no-store')
  assert.equal(refusals(), 0)
  const others: [path: string, options: object][] = [
    ['/', {}],
    ['/', { headers: { 'sec-fetch-mode': 'cors' } }],
    ['/', { headers: { ...navigates, authorization: 'AWS4-HMAC-SHA256 x' } }],
    ['/', { method: 'POST', headers: navigates }],
    ['/?Action=ListKeys', { headers: navigates }],
    ['/x', { headers: navigates }],
  ]
  for (const [path, options] of others) {
    const { status } = await ask(url, path, options)
    assert.ok(status >= 400, JSON.stringify([path, options]))
  }
  assert.equal(refusals(), others.length)
})

test('a private endpoint has no console', async t => {
  const { url, openings, refusals } = await serveConsole(t, { endpoint: { hosts: new Set() } as never })
  const paths = ['/console', '/console/', '/console/config.json', '/console/assets/main-a.js']
  for (const path of paths) assert.ok((await ask(url, path)).status >= 400, path)
  const visit = await ask(url, '/', { headers: { 'sec-fetch-mode': 'navigate' } })
  assert.equal(visit.headers.location, undefined)
  assert.deepEqual([openings(), refusals()], [0, paths.length + 1])
})

test('without authentication, a domain name that points here has no console', async t => {
  const { url, openings } = await serveConsole(t, { refusesWebPages: true })
  const navigates = { 'sec-fetch-mode': 'navigate' }
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80']) {
    for (const path of ['/console/', '/console/config.json']) {
      assert.ok((await ask(url, path, { headers: { host } })).status >= 400, host)
    }
    const visit = await ask(url, '/', { headers: { ...navigates, host } })
    assert.equal(visit.headers.location, undefined)
  }
  assert.equal(openings(), 0)
  for (const host of ['localhost:4599', '127.0.0.1', '[::1]:4599']) {
    assert.equal((await ask(url, '/console/', { headers: { host } })).status, 200, host)
  }
})
