import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../aws/errors.ts'
import {
  identifierArn,
  isAliasName,
  isKeyId,
  isSameKeyElsewhere,
  parseKeyIdentifier,
} from './key-identifier.ts'

const caller = { accountId: '111122223333', region: 'us-west-2' }
const foreign = '444455556666'
const uuid = '1234abcd-12ab-34cd-56ef-1234567890ab'
const multiRegion = 'mrk-1234abcd12ab34cd56ef1234567890ab'
const home = 'arn:aws:kms:us-west-2:111122223333'

test('isSameKeyElsewhere finds the same multi-Region key in a different Region', () => {
  const elsewhere = `arn:aws:kms:eu-west-1:111122223333:key/${multiRegion}`
  assert.equal(isSameKeyElsewhere(elsewhere, multiRegion, caller), true)
  const others = [
    `${home}:key/${multiRegion}`,
    multiRegion,
    elsewhere.replace('111122223333', foreign),
    elsewhere.replace('mrk-1', 'mrk-2'),
    elsewhere.replace(':kms:', ':s3:'),
    elsewhere.replace('eu-west-1', ''),
    `${elsewhere}0`,
  ]
  for (const text of others) assert.equal(isSameKeyElsewhere(text, multiRegion, caller), false, text)
  // A single-Region key exists in no other Region.
  assert.equal(isSameKeyElsewhere(elsewhere.replace(multiRegion, uuid), uuid, caller), false)
})

describe('forms that are accepted', () => {
  const everywhere: Record<string, ReturnType<typeof parseKeyIdentifier>> = {
    [uuid]: { type: 'key', scope: caller, keyId: uuid },
    [multiRegion]: { type: 'key', scope: caller, keyId: multiRegion },
    [`${home}:key/${uuid}`]: { type: 'key', scope: caller, keyId: uuid },
    // Recorded from AWS: capitals name a key that does not exist.
    [uuid.toUpperCase()]: { type: 'key', scope: caller, keyId: uuid.toUpperCase() },
    [`mrk-${multiRegion.slice(4).toUpperCase()}`]: {
      type: 'key',
      scope: caller,
      keyId: `mrk-${multiRegion.slice(4).toUpperCase()}`,
    },
    [`${home}:key/${uuid.toUpperCase()}`]: { type: 'key', scope: caller, keyId: uuid.toUpperCase() },
    [`${home}:key/${multiRegion}`]: { type: 'key', scope: caller, keyId: multiRegion },
    [`arn:aws:kms:us-west-2:${foreign}:key/${uuid}`]: {
      type: 'key',
      scope: { accountId: foreign, region: 'us-west-2' },
      keyId: uuid,
    },
  }
  for (const [text, expected] of Object.entries(everywhere)) {
    test(text, () => {
      assert.deepEqual(parseKeyIdentifier(text, 'key', caller), expected)
      assert.deepEqual(parseKeyIdentifier(text, 'key-or-alias', caller), expected)
    })
  }

  const whereAliasesAre: Record<string, ReturnType<typeof parseKeyIdentifier>> = {
    'alias/app': { type: 'alias', scope: caller, aliasName: 'alias/app' },
    'alias/aws/s3': { type: 'alias', scope: caller, aliasName: 'alias/aws/s3' },
    'alias/A_b-1/c': { type: 'alias', scope: caller, aliasName: 'alias/A_b-1/c' },
    [`${home}:alias/app`]: { type: 'alias', scope: caller, aliasName: 'alias/app' },
    [`arn:aws:kms:us-west-2:${foreign}:alias/app`]: {
      type: 'alias',
      scope: { accountId: foreign, region: 'us-west-2' },
      aliasName: 'alias/app',
    },
  }
  for (const [text, expected] of Object.entries(whereAliasesAre)) {
    test(text, () => {
      assert.deepEqual(parseKeyIdentifier(text, 'key-or-alias', caller), expected)
    })
  }

  test('a key ARN of another partition, in a request in that partition', () => {
    const there = { accountId: '111122223333', region: 'cn-north-1' }
    const arn = `arn:aws-cn:kms:cn-north-1:111122223333:key/${uuid}`
    assert.deepEqual(parseKeyIdentifier(arn, 'key', there), { type: 'key', scope: there, keyId: uuid })
  })
})

describe('forms that are refused', () => {
  // The codes are from the AWS KMS API reference, the texts are recorded from AWS.
  // The next one was recorded from AWS for alias names and for alias ARNs.
  const aliasRefused: Refusal = {
    code: 'InvalidArnException',
    text: 'Key Aliases are not supported for this operation.',
  }
  const notFound = (x: string): Refusal => ({ code: 'NotFoundException', text: `Invalid keyId '${x}'` })
  const notFoundInArn = (x: string): Refusal => ({ code: 'NotFoundException', text: `Invalid keyId ${x}` })
  const invalidArn: Refusal = { code: 'InvalidArnException' }
  const cases: { name: string; text: string; forms?: 'key' | 'key-or-alias'; refusal: Refusal }[] = [
    { name: 'any word', text: 'fake-key-id', refusal: notFound('fake-key-id') },
    {
      name: 'a UUID without dashes',
      text: uuid.replaceAll('-', ''),
      refusal: notFound(uuid.replaceAll('-', '')),
    },
    {
      name: 'a multi-Region id with its prefix in capitals',
      text: multiRegion.toUpperCase(),
      refusal: notFound(multiRegion.toUpperCase()),
    },
    { name: 'a UUID and a line end', text: `${uuid}\n`, refusal: notFound(`${uuid}\n`) },
    { name: 'a UUID in braces', text: `{${uuid}}`, refusal: notFound(`{${uuid}}`) },
    {
      name: 'a multi-Region id of the wrong kind',
      text: 'mrk-fake-key-id',
      refusal: notFound('mrk-fake-key-id'),
    },
    { name: 'a multi-Region id too short', text: 'mrk-1234', refusal: notFound('mrk-1234') },
    { name: 'a UUID behind mrk-', text: `mrk-${uuid}`, refusal: notFound(`mrk-${uuid}`) },
    { name: 'a path', text: `key/${uuid}`, refusal: notFound(`key/${uuid}`) },
    { name: 'an alias without a name', text: 'alias/', refusal: notFound('alias/') },
    { name: 'an alias with a colon', text: 'alias/a:b', refusal: notFound('alias/a:b') },
    { name: 'the prefix in capitals', text: 'Alias/app', refusal: notFound('Alias/app') },
    {
      name: 'an alias name where only keys are taken',
      text: 'alias/app',
      forms: 'key',
      refusal: aliasRefused,
    },
    {
      name: 'an alias ARN where only keys are taken',
      text: `${home}:alias/app`,
      forms: 'key',
      refusal: aliasRefused,
    },
    {
      name: 'a key ARN of another Region',
      text: `arn:aws:kms:eu-west-1:111122223333:key/${uuid}`,
      refusal: { code: 'NotFoundException', text: 'Invalid arn eu-west-1' },
    },
    {
      name: 'an alias ARN of another Region',
      text: 'arn:aws:kms:eu-west-1:111122223333:alias/app',
      refusal: { code: 'NotFoundException', text: 'Invalid arn eu-west-1' },
    },
    { name: 'an ARN cut short', text: 'arn:aws:kms:us-west-2', refusal: invalidArn },
    {
      name: 'an ARN of another service',
      text: `arn:aws:iam:us-west-2:111122223333:key/${uuid}`,
      refusal: invalidArn,
    },
    {
      name: 'an ARN without a region',
      text: `arn:aws:kms::111122223333:key/${uuid}`,
      refusal: invalidArn,
    },
    {
      name: 'an ARN without an account',
      text: `arn:aws:kms:us-west-2::key/${uuid}`,
      refusal: invalidArn,
    },
    {
      name: 'an ARN of a partition that the region is not in',
      text: `arn:aws-cn:kms:us-west-2:111122223333:key/${uuid}`,
      refusal: invalidArn,
    },
    { name: 'an ARN of another resource', text: `${home}:grant/${uuid}`, refusal: invalidArn },
    { name: 'an ARN of a bare id', text: `${home}:${uuid}`, refusal: invalidArn },
    {
      name: 'an ARN of a malformed key id',
      text: `${home}:key/x`,
      refusal: notFoundInArn('x'),
    },
    {
      name: 'an ARN of a key id with more text after it',
      text: `${home}:key/${uuid}/x`,
      refusal: notFoundInArn(`${uuid}/x`),
    },
    { name: 'an alias ARN with a colon in the name', text: `${home}:alias/a:b`, refusal: invalidArn },
    { name: 'a wildcard', text: `${home}:key/*`, refusal: notFoundInArn('*') },
    { name: 'an ARN without a key id', text: `${home}:key/`, refusal: notFoundInArn('') },
    {
      name: 'an ARN of a malformed key id in another account',
      text: `arn:aws:kms:us-west-2:${foreign}:key/mrk-1234`,
      refusal: notFoundInArn('mrk-1234'),
    },
  ]
  for (const { name, text, forms = 'key-or-alias', refusal } of cases) {
    test(name, () => {
      assert.throws(
        () => parseKeyIdentifier(text, forms, caller),
        (error: unknown) => {
          assert.ok(error instanceof ServiceError)
          assert.equal(error.code, refusal.code)
          if (refusal.text !== undefined) assert.equal(error.text, refusal.text)
          return true
        },
      )
    })
  }
})

test('an alias name has at most 256 characters with its prefix', () => {
  assert.ok(isAliasName(`alias/${'a'.repeat(250)}`))
  assert.equal(isAliasName(`alias/${'a'.repeat(251)}`), false)
  for (const name of [
    'alias/',
    'alias/a b',
    'alias/a.b',
    'alias/é',
    'alias/a\n',
    'a',
    'aliases/a',
    'alias',
  ]) {
    assert.equal(isAliasName(name), false, JSON.stringify(name))
  }
})

test('the ARN of an accepted identifier names the same key or alias', () => {
  const hexDigits = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
  const ids = fc
    .tuple(hexDigits(32), fc.boolean())
    .map(([hex, isMultiRegion]) =>
      isMultiRegion ? `mrk-${hex}` : hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    )
  const names = fc
    .string({ unit: fc.constantFrom(...'aZ09/_-'), minLength: 1, maxLength: 20 })
    .map(name => `alias/${name}`)
  fc.assert(
    fc.property(fc.oneof(ids, names), text => {
      const identifier = parseKeyIdentifier(text, 'key-or-alias', caller)
      assert.equal(identifier.type === 'key', isKeyId(text))
      const arn = identifierArn(identifier)
      assert.equal(arn, `${home}:${identifier.type === 'key' ? `key/${text}` : text}`)
      assert.deepEqual(parseKeyIdentifier(arn, 'key-or-alias', caller), identifier)
    }),
  )
})

test('any other text is refused with one of AWS’s two errors', () => {
  const parts = fc.constantFrom('arn', 'aws', 'kms', 'us-west-2', '111122223333', 'key/', 'alias/', uuid, '')
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(parts, fc.string({ maxLength: 3 })), { maxLength: 8 }).map(list => list.join(':')),
  )
  fc.assert(
    fc.property(text, fc.constantFrom('key', 'key-or-alias'), (candidate, forms) => {
      try {
        const identifier = parseKeyIdentifier(candidate, forms, caller)
        assert.ok(identifierArn(identifier).endsWith(candidate))
      } catch (error) {
        assert.ok(error instanceof ServiceError, String(error))
        assert.match(error.code, /^(NotFound|InvalidArn)Exception$/)
      }
    }),
    { numRuns: 5000 },
  )
})

interface Refusal {
  readonly code: string
  readonly text?: string
}
