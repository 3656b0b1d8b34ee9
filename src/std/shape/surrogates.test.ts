import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  blob,
  decode,
  enumeration,
  list,
  required,
  SerializationProblem,
  string,
  stringMap,
  structure,
} from './index.ts'

const input = structure({
  KeyId: required(string({ min: 1, max: 2048 })),
  Plaintext: blob({ min: 1, max: 4096 }),
  KeyUsage: enumeration(['ENCRYPT_DECRYPT', 'SIGN_VERIFY']),
  GrantTokens: list(string({ min: 1 }), { min: 1, max: 10 }),
  EncryptionContext: stringMap(),
})

describe('lone surrogates are refused wherever there is text', () => {
  const places: Record<string, unknown> = {
    'in a string': { KeyId: 'a\ud800' },
    'in a string, low half first': { KeyId: '\udc00\ud800' },
    'in a member of a set': { KeyId: 'k', KeyUsage: '\ud800' },
    'in a list': { KeyId: 'k', GrantTokens: ['\udfff'] },
    'in a map key': { KeyId: 'k', EncryptionContext: { '\ud800': 'v' } },
    'in a map value': { KeyId: 'k', EncryptionContext: { k: '\ud800' } },
    'in a blob': { KeyId: 'k', Plaintext: '\ud800AAA' },
  }
  for (const [name, value] of Object.entries(places)) {
    test(name, () => {
      assert.throws(() => decode(input, value), SerializationProblem)
    })
  }
})
