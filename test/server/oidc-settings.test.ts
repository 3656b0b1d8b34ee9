import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runKeyward, startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { issuerJwks, issuerKeys } from '../fixtures/oidc-issuer.ts'
import { refusedStart } from '../fixtures/refused-start.ts'

const issuer = { issuer: 'https://oidc.example.com', audiences: ['a'], jwks: issuerJwks() }
const signIn = {
  clientId: 'a',
  authorizationEndpoint: 'https://oidc.example.com/authorize',
  tokenEndpoint: 'https://oidc.example.com/token',
}
const directory = temporaryDirectory()

function write(name: string, value: unknown): string {
  const path = join(directory, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}

test('issuers come from a file, from the text of the setting, or from the configuration file', async () => {
  const jwks = write('jwks.json', issuerJwks())
  const ways = [
    ['--oidc-issuers', write('issuers.yaml', [{ ...issuer, jwks }])],
    ['--oidc-issuers', JSON.stringify([{ ...issuer, accounts: ['000000000000'] }])],
    ['--config', write('config.yaml', { 'oidc-issuers': [{ ...issuer, console: signIn }] })],
    ['--config', write('config-path.yaml', { 'oidc-issuers': join(directory, 'issuers.yaml') })],
  ]
  for (const flags of ways) await (await startKeyward({ flags })).stop()
})

let files = 0
test('the setting outbound is the list of hosts for the keys, and has the addresses that are not public', async () => {
  const at = (host: string) => ({
    ...issuer,
    jwks: `${host === 'localhost' ? 'http' : 'https'}://${host}/keys`,
  })
  const started = (entry: object, outbound?: readonly string[]) => {
    const content = { 'oidc-issuers': [entry], ...(outbound && { outbound }) }
    return { flags: ['--config', write(`outbound-${++files}.yaml`, content)] }
  }
  for (const options of [
    started(at('keys.example.com')),
    started(at('keys.example.com'), ['a.example', '*.example.com']),
    started(at('127.0.0.1'), ['127.0.0.0/8']),
    started(at('[::1]'), ['::1']),
    // The name may be used; a connection would need the address, too.
    started(at('localhost')),
    { ...started(at('keys.example.com'), []), environment: { KEYWARD_OUTBOUND: 'keys.example.com' } },
  ]) {
    await (await startKeyward(options)).stop()
  }
  for (const [options, says] of [
    [
      started(at('127.0.0.1')),
      /cannot be fetched: 127\.0\.0\.1 is a loopback address: .* the entry 127\.0\.0\.1 in/,
    ],
    [started(at('[fd00::7]'), ['keys.example.com']), /fd00::7 is a private address: .* the entry fd00::7 in/],
    [started(at('169.254.169.254')), /169\.254\.169\.254 is a link-local address/],
    [started(at('keys.example.com'), ['a.example']), /keys\.example\.com is not in the setting outbound/],
    [started(at('keys.example.com'), []), /keys\.example\.com is not in the setting outbound/],
  ] as const) {
    assert.match(await refusedStart(options), says)
  }
})

test('a server with a wrong issuer names the mistake and does not start', async () => {
  const cases: [unknown, RegExp][] = [
    [{}, /\[1\] needs issuer, audiences and jwks/],
    [{ ...issuer, key: 1 }, /\[1\]\.key is not a setting here/],
    [{ ...issuer, issuer: 'http://oidc.example.com' }, /must be an https URL/],
    [{ ...issuer, issuer: 'oidc.example.com' }, /must be an https URL/],
    [{ ...issuer, issuer: 'https://oidc.example.com?x' }, /must be an https URL/],
    [{ ...issuer, audiences: [] }, /must have at least one/],
    [{ ...issuer, accounts: ['1'] }, /must be 12 digits/],
    [{ ...issuer, jwks: 'http://oidc.example.com/keys' }, /must be an https URL/],
    [{ ...issuer, jwks: '/none/there' }, /cannot be read/],
    [{ ...issuer, console: { ...signIn, clientId: 'b' } }, /console\.clientId must be one of the audiences/],
    [{ ...issuer, jwks: { keys: 7 } }, /is not a JSON Web Key Set/],
    [{ ...issuer, jwks: { keys: [issuerKeys.p256.export({ format: 'jwk' })] } }, /is not a public key/],
  ]
  for (const [entry, text] of cases) {
    const args = ['start', '--data-dir', temporaryDirectory(), '--port', '0']
    const { code, stderr } = await runKeyward([...args, '--oidc-issuers', JSON.stringify([entry])])
    assert.equal(code, 1, stderr)
    assert.match(stderr, text)
  }
  const twice = await runKeyward(['start', '--oidc-issuers', JSON.stringify([issuer, issuer])])
  assert.match(twice.stderr, /has https:\/\/oidc\.example\.com twice/)
})
