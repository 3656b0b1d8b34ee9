import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { issuerJwks, issuerKeys, publicJwk, signToken } from '../../../test/fixtures/oidc-issuer.ts'
import { JsonWebKeys, KeySetProblem } from './json-web-token.ts'

const claims = { sub: 'x' }
const all = new JsonWebKeys(issuerJwks())

test('the payload is exactly the signed bytes', async () => {
  const payload = Buffer.from('{ "sub" :  "x" }').toString('base64url')
  const verified = await all.verify(signToken({ alg: 'ES256', kid: 'p256' }, payload, issuerKeys.p256))
  assert.ok('payload' in verified)
  assert.equal(verified.payload.toString(), '{ "sub" :  "x" }')
})

test('a token without a key id verifies only if the key set has one key of its kind', async () => {
  const token = signToken({ alg: 'ES256' }, claims, issuerKeys.p256)
  const one = new JsonWebKeys({ keys: [publicJwk(issuerKeys.p256), publicJwk(issuerKeys.rsa)] })
  assert.ok('payload' in (await one.verify(token)))
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const two = new JsonWebKeys({ keys: [publicJwk(issuerKeys.p256), publicJwk(other)] })
  assert.ok('problem' in (await two.verify(token)))
})

test('a key verifies only for its declared use, and only with an algorithm of its type', async () => {
  const token = signToken({ alg: 'RS256', kid: 'k' }, claims, issuerKeys.rsa)
  for (const [more, isTaken] of [
    [{}, true],
    [{ use: 'sig', alg: 'RS256' }, true],
    [{ use: 'enc' }, false],
    [{ alg: 'RS512' }, false],
    [{ alg: 'RSA-OAEP' }, false],
    [{ key_ops: ['encrypt'] }, false],
    [{ kty: 'EC' }, false],
    [{ kty: 'OKP' }, false],
    [{ n: 'AQAB' }, false],
    [{ e: '' }, false],
  ] as const) {
    const keys = new JsonWebKeys({ keys: [publicJwk(issuerKeys.rsa, { kid: 'k', ...more })] })
    assert.equal('payload' in (await keys.verify(token)), isTaken, JSON.stringify(more))
  }
})

test('RSA keys of fewer than 2048 bits are refused', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const keys = new JsonWebKeys({ keys: [publicJwk(privateKey, { kid: 'k' })] })
  assert.ok('problem' in (await keys.verify(signToken({ alg: 'RS256', kid: 'k' }, claims, privateKey))))
})

test('only a token with an unknown key is a reason to fetch newer keys', async () => {
  const unknown = await all.verify(signToken({ alg: 'ES256', kid: 'new' }, claims, issuerKeys.p256))
  assert.deepEqual('problem' in unknown && unknown.isKeyUnknown, true)
  const forged = await all.verify(
    signToken({ alg: 'ES384', kid: 'p384' }, claims, issuerKeys.p384).slice(0, -8),
  )
  assert.deepEqual('problem' in forged && forged.isKeyUnknown, false)
})

test('a key set with anything but public keys is refused as a whole', () => {
  const secret = issuerKeys.p256.export({ format: 'jwk' })
  for (const keySet of [
    undefined,
    null,
    [],
    {},
    { keys: {} },
    { keys: [null] },
    { keys: ['x'] },
    { keys: [{}] },
    { keys: [{ kty: 'oct', k: 'AAAA' }] },
    { keys: [secret] },
    { keys: Array.from({ length: 201 }, () => publicJwk(issuerKeys.p256)) },
  ]) {
    assert.throws(() => new JsonWebKeys(keySet), KeySetProblem)
  }
})
