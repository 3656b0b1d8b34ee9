import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runKeyward, startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { issuerJwks, issuerKeys } from '../fixtures/oidc-issuer.ts'

const issuer = { issuer: 'https://oidc.example.com', audiences: ['a'], jwks: issuerJwks() }
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
    ['--config', write('config.yaml', { 'oidc-issuers': [issuer] })],
    ['--config', write('config-path.yaml', { 'oidc-issuers': join(directory, 'issuers.yaml') })],
  ]
  for (const flags of ways) await (await startKeyward({ flags })).stop()
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
