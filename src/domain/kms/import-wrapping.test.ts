import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { canWrap, type WrappingAlgorithm, wrappingAlgorithms, wrappingKeySpecs } from './import-wrapping.ts'
import { type KeySpec, keySpecs } from './key-spec.ts'

// Expected values: AWS KMS developer guide, "Select a wrapping algorithm" and "Encrypt the key material" ("not supported in China
// Regions"); Ed25519 under RSA_2048 as recorded from AWS.

const oaep: WrappingAlgorithm[] = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
const aes: WrappingAlgorithm[] = ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256']
const large = ['RSA_3072', 'RSA_4096']
const any = ['RSA_2048', ...large]

type Pair = `${WrappingAlgorithm} ${string}`
const pairs = (algorithms: WrappingAlgorithm[], wrappingKeySpecs: string[]): Pair[] =>
  algorithms.flatMap(algorithm => wrappingKeySpecs.map((spec): Pair => `${algorithm} ${spec}`))
const sm2: Pair[] = ['SM2PKE SM2']

/** The pairs for each kind of key: in all regions, only outside China, and only in China. */
const kinds: [RegExp, Pair[], Pair[], Pair[]][] = [
  [/^(SYMMETRIC_DEFAULT|HMAC_\d+)$/, pairs(oaep, any), [], []],
  [/^RSA_\d+$/, [], pairs(aes, any), sm2],
  [/^ECC_(NIST_P256|NIST_P384|SECG_P256K1)$/, pairs(oaep, any), pairs(aes, any), sm2],
  [/^ECC_(NIST_P521|NIST_EDWARDS25519)$/, pairs(oaep, large), pairs(aes, any), sm2],
  [/^SM2$/, pairs(oaep, any), [], sm2],
  [/^ML_/, [], [], []],
]

const outside = { isChina: false, offersSm2: false }
const china = { isChina: true, offersSm2: true }

function taken(keySpec: KeySpec, place: typeof outside): Pair[] {
  return wrappingAlgorithms.flatMap(algorithm =>
    wrappingKeySpecs
      .filter(spec => canWrap(keySpec, algorithm, spec, place))
      .map((spec): Pair => `${algorithm} ${spec}`),
  )
}

for (const keySpec of Object.keys(keySpecs) as KeySpec[]) {
  describe(`${keySpec} key material can be wrapped`, () => {
    const [row, ...others] = kinds.filter(([names]) => names.test(keySpec))
    assert.ok(row !== undefined && others.length === 0, 'one row of kinds must match the name')
    const [, always, inTheWorld, inChina] = row
    test('as AWS documents', () => {
      assert.deepEqual(taken(keySpec, outside).sort(), [...always, ...inTheWorld].sort())
    })
    test('in China as AWS documents for China', () => {
      assert.deepEqual(taken(keySpec, china).sort(), [...always, ...inChina].sort())
    })
    test('also under SM2 in a region that offers it', () => {
      const both = [...always, ...inTheWorld, ...inChina]
      assert.deepEqual(taken(keySpec, { ...outside, offersSm2: true }).sort(), both.sort())
    })
  })
}
