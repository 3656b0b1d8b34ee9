import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  blob,
  boolean,
  ConstraintProblem,
  decode,
  enumeration,
  integer,
  list,
  required,
  requiredUnless,
  SerializationProblem,
  sensitive,
  string,
  stringMap,
  structure,
  timestamp,
} from './index.ts'

// The texts are AWS's, from recorded answers of AWS KMS. The shapes carry the constraints of its model.

const tag = structure({
  TagKey: required(string({ min: 1, max: 128 })),
  TagValue: required(string({ max: 256 })),
})
const input = structure({
  KeyId: required(string({ min: 1, max: 2048 })),
  PolicyName: string({ min: 1, max: 128, pattern: '[\\w]+' }),
  NumberOfBytes: integer({ min: 1, max: 1024 }),
  Plaintext: blob({ min: 1, max: 4096 }),
  KeyUsage: enumeration(['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC']),
  Tags: list(tag),
  GrantTokens: list(string({ min: 1 }), { min: 1, max: 10 }),
  EncryptionContext: stringMap(),
  DryRun: boolean(),
  ValidTo: timestamp(),
})

const failed = 'failed to satisfy constraint: Member must'

describe('values outside their constraint are reported in AWS’s words', () => {
  const cases: { name: string; value: unknown; message: string }[] = [
    {
      name: 'a required member is missing',
      value: {},
      message: `1 validation error detected: Value null at 'keyId' ${failed} not be null`,
    },
    {
      name: 'a required member is null',
      value: { KeyId: null },
      message: `1 validation error detected: Value null at 'keyId' ${failed} not be null`,
    },
    {
      name: 'a number is too small',
      value: { KeyId: 'k', NumberOfBytes: 0 },
      message: `1 validation error detected: Value '0' at 'numberOfBytes' ${failed} have value greater than or equal to 1`,
    },
    {
      name: 'a number is too large',
      value: { KeyId: 'k', NumberOfBytes: 1025 },
      message: `1 validation error detected: Value '1025' at 'numberOfBytes' ${failed} have value less than or equal to 1024`,
    },
    {
      name: 'a string is too short',
      value: { KeyId: '' },
      message: `1 validation error detected: Value '' at 'keyId' ${failed} have length greater than or equal to 1`,
    },
    {
      name: 'a string in a structure in a list is too long',
      value: { KeyId: 'k', Tags: [{ TagKey: 'a'.repeat(129), TagValue: '' }] },
      message: `1 validation error detected: Value '${'a'.repeat(129)}' at 'tags.1.member.tagKey' ${failed} have length less than or equal to 128`,
    },
    {
      name: 'the second item of a list lacks a required member',
      value: { KeyId: 'k', Tags: [{ TagKey: 'a', TagValue: '' }, { TagKey: 'b' }] },
      message: `1 validation error detected: Value null at 'tags.2.member.tagValue' ${failed} not be null`,
    },
    {
      name: 'a blob has too many bytes, which the message does not show',
      value: { KeyId: 'k', Plaintext: Buffer.alloc(4097).toString('base64') },
      message: `1 validation error detected: Value at 'plaintext' ${failed} have length less than or equal to 4096`,
    },
    {
      name: 'a blob has too few bytes',
      value: { KeyId: 'k', Plaintext: '' },
      message: `1 validation error detected: Value at 'plaintext' ${failed} have length greater than or equal to 1`,
    },
    {
      name: 'a string is not in its set',
      value: { KeyId: 'k', KeyUsage: 'RANDOM' },
      message: `1 validation error detected: Value 'RANDOM' at 'keyUsage' ${failed} satisfy enum value set: [ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC]`,
    },
    {
      name: 'a set is case-sensitive',
      value: { KeyId: 'k', KeyUsage: 'sign_verify' },
      message: `1 validation error detected: Value 'sign_verify' at 'keyUsage' ${failed} satisfy enum value set: [ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC]`,
    },
    {
      name: 'a string does not match its pattern',
      value: { KeyId: 'k', PolicyName: 'no spaces' },
      message: `1 validation error detected: Value 'no spaces' at 'policyName' ${failed} satisfy regular expression pattern: [\\w]+`,
    },
    {
      name: 'a pattern must match the whole string, line ends included',
      value: { KeyId: 'k', PolicyName: 'default\n' },
      message: `1 validation error detected: Value 'default\n' at 'policyName' ${failed} satisfy regular expression pattern: [\\w]+`,
    },
    {
      name: 'two values fail',
      value: { KeyId: '', NumberOfBytes: 0 },
      message:
        `2 validation errors detected: Value '' at 'keyId' ${failed} have length greater than or equal to 1; ` +
        `Value '0' at 'numberOfBytes' ${failed} have value greater than or equal to 1`,
    },
  ]
  for (const { name, value, message } of cases) {
    test(name, () => {
      assert.throws(() => decode(input, value), { constructor: ConstraintProblem, message })
    })
  }

  test('a list is too long or too short', () => {
    for (const [GrantTokens, constraint] of [
      [Array(11).fill('t'), 'Member must have length less than or equal to 10'],
      [[], 'Member must have length greater than or equal to 1'],
    ] as const) {
      assert.throws(
        () => decode(input, { KeyId: 'k', GrantTokens }),
        (error: Error) => {
          assert.ok(error instanceof ConstraintProblem)
          assert.equal(error.problems.length, 1)
          assert.match(error.message, /at 'grantTokens' failed to satisfy constraint/)
          assert.ok(error.message.endsWith(constraint))
          return true
        },
      )
    }
  })

  test('a map has too many entries, whose values are then not read', () => {
    const ofPairs = structure({ Pairs: stringMap({ max: 2 }) })
    assert.equal(decode(ofPairs, { Pairs: { a: '1', b: '2' } }).Pairs?.size, 2)
    assert.throws(() => decode(ofPairs, { Pairs: { a: [], b: [], c: [] } }), {
      message: `1 validation error detected: Value at 'pairs' ${failed} have length less than or equal to 2`,
    })
  })

  test('a text that stands for more bytes than a blob can have is not decoded', () => {
    const ofBytes = structure({ Data: blob({ max: 4 }) })
    const message = `1 validation error detected: Value at 'data' ${failed} have length less than or equal to 4`
    assert.throws(() => decode(ofBytes, { Data: 'AAAAAAA=' }), { message })
    assert.throws(() => decode(ofBytes, { Data: '*'.repeat(12) }), { message })
    assert.throws(() => decode(ofBytes, { Data: '*'.repeat(8) }), { constructor: SerializationProblem })
  })

  test('a null item of a list is named by its place', () => {
    assert.throws(() => decode(input, { KeyId: 'k', GrantTokens: ['t', null] }), {
      constructor: ConstraintProblem,
      message: /Value null at 'grantTokens\.2\.member' failed .* Member must not be null/,
    })
  })
})

test('a value exactly at a limit is taken', () => {
  const edges = [
    { KeyId: 'k'.repeat(2048) },
    { KeyId: 'k', NumberOfBytes: 1 },
    { KeyId: 'k', NumberOfBytes: 1024 },
    { KeyId: 'k', Plaintext: Buffer.alloc(4096).toString('base64') },
    { KeyId: 'k', Plaintext: 'AA==' },
    { KeyId: 'k', GrantTokens: Array(10).fill('t') },
    { KeyId: 'k', Tags: [{ TagKey: 'a'.repeat(128), TagValue: 'v'.repeat(256) }] },
  ]
  for (const value of edges) assert.doesNotThrow(() => decode(input, value))
})

test('lengths count UTF-16 code units, as Java does', () => {
  const two = structure({ Name: string({ max: 2 }) })
  assert.deepEqual(decode(two, { Name: '😀' }), { Name: '😀' })
  assert.throws(() => decode(two, { Name: '😀a' }), ConstraintProblem)
})

describe('values of the wrong JSON type end the decoding at once', () => {
  const wrong: { name: string; value: unknown }[] = [
    { name: 'a number for the document', value: 1 },
    { name: 'a string for the document', value: '{}' },
    { name: 'a list for the document', value: [] },
    { name: 'null for the document', value: null },
    { name: 'true for the document', value: true },
    { name: 'a number for a string', value: { KeyId: 1 } },
    { name: 'a fraction for a string', value: { KeyId: 1.5 } },
    { name: 'false for a string', value: { KeyId: false } },
    { name: 'a list for a string', value: { KeyId: ['k'] } },
    { name: 'a structure for a string', value: { KeyId: {} } },
    { name: 'a string for a number', value: { KeyId: 'k', NumberOfBytes: '1' } },
    { name: 'a fraction for an integer', value: { KeyId: 'k', NumberOfBytes: 1.5 } },
    { name: 'a number past 2^53 for an integer', value: { KeyId: 'k', NumberOfBytes: 2 ** 53 } },
    { name: 'a number for a boolean', value: { KeyId: 'k', DryRun: 1 } },
    { name: 'a string for a boolean', value: { KeyId: 'k', DryRun: 'true' } },
    { name: 'a string for a time', value: { KeyId: 'k', ValidTo: '2026-01-01T00:00:00Z' } },
    { name: 'a number for a blob', value: { KeyId: 'k', Plaintext: 1 } },
    { name: 'bytes as a list for a blob', value: { KeyId: 'k', Plaintext: [1, 2] } },
    { name: 'text that is not base64 for a blob', value: { KeyId: 'k', Plaintext: 'not base64' } },
    { name: 'a number for a member of a set', value: { KeyId: 'k', KeyUsage: 0 } },
    { name: 'a structure for a list', value: { KeyId: 'k', Tags: { 0: {} } } },
    { name: 'a string for a list', value: { KeyId: 'k', GrantTokens: 't' } },
    { name: 'a string for a structure', value: { KeyId: 'k', Tags: ['t'] } },
    { name: 'a list for a map', value: { KeyId: 'k', EncryptionContext: [] } },
    { name: 'a string for a map', value: { KeyId: 'k', EncryptionContext: 'a' } },
    { name: 'a list in a map', value: { KeyId: 'k', EncryptionContext: { a: [] } } },
    { name: 'a structure in a map', value: { KeyId: 'k', EncryptionContext: { a: {} } } },
    { name: 'null in a map', value: { KeyId: 'k', EncryptionContext: { a: null } } },
  ]
  for (const { name, value } of wrong) {
    test(name, () => {
      assert.throws(() => decode(input, value), SerializationProblem)
    })
  }

  test('also after values that break a constraint', () => {
    assert.throws(() => decode(input, { KeyId: '', NumberOfBytes: 'x' }), SerializationProblem)
  })

  test('a number for a string has AWS’s text', () => {
    assert.throws(() => decode(input, { KeyId: 1 }), {
      message: 'NUMBER_VALUE can not be converted to a String',
    })
  })
})

describe('members', () => {
  test('unknown members are ignored, whatever they hold', () => {
    assert.deepEqual(decode(input, { KeyId: 'k', keyId: 1, Other: { deep: [null] } }), { KeyId: 'k' })
  })

  test('an explicit null for an optional member counts as absent', () => {
    const everyNull = Object.fromEntries(Object.keys(input.members).map(name => [name, null]))
    assert.deepEqual(decode(input, { ...everyNull, KeyId: 'k' }), { KeyId: 'k' })
  })

  test('__proto__ and constructor in a document add no members', () => {
    const value = JSON.parse('{"__proto__": {"KeyId": "k", "DryRun": true}, "constructor": {"KeyId": "k"}}')
    assert.throws(() => decode(input, value), { message: /Value null at 'keyId'/ })
    const decoded = decode(input, { ...value, KeyId: 'own' })
    assert.deepEqual(decoded, { KeyId: 'own' })
    assert.equal(Object.getPrototypeOf(decoded), Object.prototype)
    assert.equal(({} as Record<string, unknown>)['DryRun'], undefined)
  })

  test('a property that every object inherits does not count as a given member', () => {
    const odd = structure({ constructor: required(string()), toString: string(), valueOf: string() })
    assert.throws(() => decode(odd, {}), { message: /Value null at 'constructor'/ })
    assert.deepEqual(Object.keys(decode(odd, JSON.parse('{"constructor": "c"}'))), ['constructor'])
  })

  test('__proto__ and constructor as map keys are keys like any other', () => {
    const text = '{"__proto__":"p","constructor":"c","toString":"t"}'
    const shape = structure({ EncryptionContext: required(stringMap()) })
    const decoded = decode(shape, { EncryptionContext: JSON.parse(text) })
    assert.deepEqual(
      [...decoded.EncryptionContext],
      [
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['toString', 't'],
      ],
    )
    assert.equal(JSON.stringify(shape.encode(decoded)), `{"EncryptionContext":${text}}`)
    assert.equal(JSON.stringify(shape.disclose(decoded)), `{"encryptionContext":${text}}`)
  })

  test('whole numbers in a map count as their text', () => {
    const { EncryptionContext } = decode(input, { KeyId: 'k', EncryptionContext: { a: 7, b: -1 } })
    assert.deepEqual(Object.fromEntries(EncryptionContext ?? []), { a: '7', b: '-1' })
  })
})

test('a sensitive member that is missing is not called null, as recorded from AWS', () => {
  const secret = sensitive(blob({ min: 1 }))
  const shape = structure({ Plaintext: required(secret), Outer: structure({ Inner: required(secret) }) })
  const isMissing = (place: string) => `Value at '${place}' ${failed} not be null`
  for (const value of [{ Outer: {} }, { Plaintext: null, Outer: { Inner: null } }]) {
    const message = `2 validation errors detected: ${isMissing('plaintext')}; ${isMissing('outer.inner')}`
    assert.throws(() => decode(shape, value), { message })
  }
})

test('a member that others make superfluous may be missing then, and only then', () => {
  const isExempt = (others: { readonly DryRun?: boolean }) => others.DryRun === true
  const shape = structure({
    Blob: requiredUnless(isExempt, blob()),
    Name: string({ min: 1 }),
    DryRun: boolean(),
  })
  assert.deepEqual(decode(shape, { DryRun: true }), { DryRun: true })
  assert.deepEqual(decode(shape, { DryRun: true, Blob: 'AA==' }).Blob, Buffer.of(0))
  const isMissing = `Value null at 'blob' ${failed} not be null`
  for (const value of [{}, { DryRun: false, Blob: null }]) {
    assert.throws(() => decode(shape, value), { message: `1 validation error detected: ${isMissing}` })
  }
  assert.throws(() => decode(shape, { Name: '' }), { message: /^2 validation errors detected: .*'blob'/ })
})

test('a set may take other values than its text lists, as recorded from AWS for data keys', () => {
  const shape = structure({ KeySpec: enumeration(['AES_256'], ['RSA_2048', 'HMAC_224']) })
  assert.deepEqual(decode(shape, { KeySpec: 'AES_256' }), { KeySpec: 'AES_256' })
  for (const value of ['RSA_2048', 'FOO']) {
    const message = `1 validation error detected: Value '${value}' at 'keySpec' ${failed} satisfy enum value set: [RSA_2048, HMAC_224]`
    assert.throws(() => decode(shape, { KeySpec: value }), { message })
  }
})
