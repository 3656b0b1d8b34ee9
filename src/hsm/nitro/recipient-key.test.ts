import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { AttestationProblem } from './attestation-problem.ts'
import { readRecipientKey } from './recipient-key.ts'

const spki = { format: 'der', type: 'spki' } as const
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const good = publicKey.export(spki)
const base64Url = (number: bigint) => {
  const hex = number.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}
const modulus = BigInt(
  `0x${Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`,
)

/** An RSA public key of these numbers, in OpenSSL's encoding. */
function keyOf({ n = modulus, e = 65_537n }): Buffer {
  const key = { kty: 'RSA', n: base64Url(n), e: base64Url(e) }
  return createPublicKey({ key, format: 'jwk' }).export(spki)
}

test('RSA keys of 2048 bits or more with a public exponent that is odd and above 2 are accepted', () => {
  for (const der of [good, ...[3n, 17n, 65_537n, (1n << 64n) - 1n].map(e => keyOf({ e }))])
    assert.deepEqual(readRecipientKey(der).export(spki), der)
})

const refused: Record<string, Buffer> = {
  'an even modulus': keyOf({ n: modulus - 1n }),
  'a power of two': keyOf({ n: 1n << 2047n }),
  'the exponent 0': keyOf({ e: 0n }),
  'the exponent 1, which encrypts nothing': keyOf({ e: 1n }),
  'the exponent 2': keyOf({ e: 2n }),
  'an even exponent': keyOf({ e: 65_538n }),
  'an exponent above the modulus': keyOf({ e: modulus + 2n }),
  'an exponent of 67 bits with a modulus of 4001': keyOf({ n: (1n << 4000n) + 1n, e: (1n << 66n) + 1n }),
  'an exponent of 65 bits': keyOf({ e: (1n << 64n) + 1n }),
  'a byte behind the key': Buffer.concat([good, Buffer.of(0)]),
  'a second key behind the key': Buffer.concat([good, good]),
}
for (const [name, der] of Object.entries(refused)) {
  test(`refused: ${name}`, () => {
    createPublicKey({ key: der, ...spki })
    assert.throws(() => readRecipientKey(der), AttestationProblem)
  })
}
