import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { callSigned } from '../fixtures/clients.ts'
import { ask, contentOf } from '../fixtures/console/ask.ts'
import { hostilePaths } from '../fixtures/console/hostile-paths.ts'
import { checkout, readAuditRecords, type StartOptions, started } from '../fixtures/keyward-process.ts'
import { exchange } from '../fixtures/raw-connection.ts'

// The built console, as a server gives it to browsers.

const directory = join(checkout, 'console/dist')
const skip = existsSync(join(directory, 'files.json'))
  ? false
  : 'needs the built console: npm run console:build'

/** The list that the build wrote. */
const built = () =>
  JSON.parse(readFileSync(join(directory, 'files.json'), 'utf8')) as {
    importMapHash: string
    files: Record<string, { type: string; integrity: string }>
  }

const hashOf = (content: string | Uint8Array) =>
  `sha256-${createHash('sha256').update(content).digest('base64')}`

const start = (t: TestContext, flags: readonly string[] = [], more: StartOptions = {}) =>
  started(t, { ...more, flags })

const navigates = { headers: { 'sec-fetch-mode': 'navigate' } }

describe('the built console', { skip }, () => {
  test('is there whole, in three encodings, over HTTP and TLS', async t => {
    const { url, tlsUrl = '' } = await start(t, ['--tls-port', '0'])
    const { files } = built()
    for (const server of [url, tlsUrl]) {
      for (const [name, { type, integrity }] of Object.entries(files)) {
        for (const encoding of ['br', 'gzip', 'identity']) {
          const headers = { 'accept-encoding': encoding }
          const answer = await ask(server, `/console/${name}`, { headers, rejectUnauthorized: false })
          assert.equal(answer.status, 200)
          assert.equal(answer.headers['content-type'], type)
          assert.equal(answer.headers['content-encoding'] ?? 'identity', encoding)
          assert.equal(hashOf(contentOf(answer)), integrity, `${encoding} ${name}`)
        }
      }
    }
  })

  test('has a page whose files are all there, and whose policy names its one inline script', async t => {
    const { url } = await start(t)
    const { headers, bytes } = await ask(url, '/console/')
    const page = bytes.toString()
    assert.equal(page, brotliDecompressSync(readFileSync(join(directory, 'index.html.br'))).toString())
    const [, importMap = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(page) ?? []
    const policy = String(headers['content-security-policy'])
    assert.ok(policy.includes(`; script-src 'self' '${hashOf(importMap)}'; `), policy)
    assert.equal(policy.match(/'sha\d+-/g)?.length, 1)
    assert.doesNotMatch(policy, /unsafe|https?:|\*/)
    const loaded = [...page.matchAll(/\b(?:src|href)="(\/console\/[^"]+)"/g)].map(([, path = '']) => path)
    assert.ok(loaded.length >= 3)
    for (const path of [...loaded, ...Object.keys(JSON.parse(importMap).integrity)]) {
      assert.equal((await ask(url, path)).status, 200, path)
    }
  })

  test('is protected by the same headers in every answer, and no other origin can read it', async t => {
    const { url } = await start(t)
    const paths = ['', '/', '/callback', '/config.json', '/favicon.svg', '/nothing']
    for (const path of [...paths, ...Object.keys(built().files).map(name => `/${name}`)]) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
        const asked = { origin: 'https://app.example.com', 'access-control-request-method': 'GET' }
        const { headers } = await ask(url, `/console${path}`, { method, headers: asked })
        assert.match(String(headers['content-security-policy']), /; frame-ancestors 'none'; /, path)
        assert.equal(headers['x-content-type-options'], 'nosniff')
        assert.equal(headers['referrer-policy'], 'no-referrer')
        assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
        assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
        assert.equal(headers['permissions-policy'], 'camera=(), geolocation=(), microphone=()')
        assert.deepEqual(
          Object.keys(headers).filter(name => /^access-control|^set-cookie/.test(name)),
          [],
        )
      }
    }
  })

  test('leaves no record of any request', async t => {
    const server = await start(t)
    await callSigned(server, 'ListKeys', '{}')
    const before = readAuditRecords(server.dataDirectory).length
    assert.ok(before > 0)
    for (const path of hostilePaths) assert.equal((await ask(server.url, path)).status, 404, path)
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) await ask(server.url, '/console/', { method })
    await ask(server.url, '/', navigates)
    assert.equal(readAuditRecords(server.dataDirectory).length, before)
  })

  test('has absolute and long targets as other paths have them, and refuses what is not HTTP', async t => {
    const { url } = await start(t)
    const { host } = new URL(url)
    const line = (target: string) => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    assert.equal((await exchange(url, line(`${url}/console/config.json`)))?.status, 200)
    assert.equal((await exchange(url, line('http://evil.example/console/../x')))?.status, 404)
    assert.equal((await exchange(url, line('/console/index.html\0')))?.status, 400)
    assert.equal((await exchange(url, line(`/console/${'a'.repeat(30_000)}`)))?.status, 404)
  })

  test('learns the Regions of the server, and whether it checks signatures', async t => {
    const { url } = await start(t, ['--regions', 'eu-west-1,us-east-1'])
    assert.deepEqual(JSON.parse((await ask(url, '/console/config.json')).bytes.toString()), {
      regions: ['eu-west-1', 'us-east-1'],
      defaultRegion: 'eu-west-1',
      checksSignatures: true,
      issuers: [],
      features: {
        ...{ privateEndpoints: false, organizationPolicies: false, metrics: false },
        ...{ externalKeyStores: false, cloudHsm: false },
      },
    })
  })

  test('is named at the start, and served by a sealed server', async t => {
    const open = await start(t)
    assert.ok(open.stdout().includes(`The console is at ${open.url}/console/\n`))
    assert.equal((await ask(open.url, '/', navigates)).headers.location, '/console/')
    await open.stop()
    const sealed = await start(t, ['--sealed'], { dataDirectory: open.dataDirectory })
    assert.match(sealed.stdout(), /It is sealed\./)
    assert.ok(sealed.stdout().includes(`The console is at ${sealed.url}/console/\n`))
    for (const path of ['/console/', '/console/config.json']) {
      assert.equal((await ask(sealed.url, path)).status, 200)
    }
  })

  test('without authentication, is there for this machine alone', async t => {
    const { url } = await start(t, ['--insecure-no-auth'])
    const config = JSON.parse((await ask(url, '/console/config.json')).bytes.toString())
    assert.equal(config.checksSignatures, false)
    const foreign = await ask(url, '/console/', { headers: { host: 'evil.example' } })
    assert.equal(foreign.status, 400)
    assert.doesNotMatch(foreign.bytes.toString(), /<html/)
  })
})

test('a server with KEYWARD_CONSOLE=off has no console', async t => {
  const { url, stdout } = await start(t, [], { environment: { KEYWARD_CONSOLE: 'off' } })
  assert.doesNotMatch(stdout(), /console/)
  for (const path of ['/console', '/console/', '/console/config.json']) {
    const { status, headers } = await ask(url, path)
    assert.ok(status >= 400, path)
    assert.equal(headers['content-security-policy'], undefined)
  }
  assert.equal((await ask(url, '/', navigates)).headers.location, undefined)
})
