import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { aliasArn, keyArn, parseArn, renderArn, rootArn, userArn } from './arn.ts'
import { isAccountId, isRegion, partitionOf } from './region.ts'

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'

describe('parsing', () => {
  // Samples from the AWS General Reference and the service guides.
  const good: [string, ReturnType<typeof parseArn>][] = [
    [
      `arn:aws:kms:us-west-2:111122223333:key/${keyId}`,
      {
        partition: 'aws',
        service: 'kms',
        region: 'us-west-2',
        accountId: '111122223333',
        resource: `key/${keyId}`,
      },
    ],
    [
      'arn:aws:iam::123456789012:user/David',
      { partition: 'aws', service: 'iam', region: '', accountId: '123456789012', resource: 'user/David' },
    ],
    [
      'arn:aws:sns:us-east-1:123456789012:example:with:colons',
      {
        partition: 'aws',
        service: 'sns',
        region: 'us-east-1',
        accountId: '123456789012',
        resource: 'example:with:colons',
      },
    ],
    [
      'arn:aws-us-gov:s3:::bucket/path with spaces/é',
      {
        partition: 'aws-us-gov',
        service: 's3',
        region: '',
        accountId: '',
        resource: 'bucket/path with spaces/é',
      },
    ],
  ]
  for (const [text, arn] of good) {
    test(text, () => {
      assert.deepEqual(parseArn(text), arn)
    })
  }

  const bad: Record<string, string> = {
    'nothing at all': '',
    'the prefix alone': 'arn:',
    'five fields': 'arn:aws:kms:us-east-1:111122223333',
    'an empty resource': 'arn:aws:kms:us-east-1:111122223333:',
    'no partition': 'arn::kms:us-east-1:111122223333:key/a',
    'no service': 'arn:aws::us-east-1:111122223333:key/a',
    'eleven digits': 'arn:aws:kms:us-east-1:11112222333:key/a',
    'thirteen digits': 'arn:aws:kms:us-east-1:1111222233334:key/a',
    'letters in the account': 'arn:aws:kms:us-east-1:11112222333a:key/a',
    'digits that are not ASCII in the account': 'arn:aws:kms:us-east-1:١١١١٢٢٢٢٣٣٣٣:key/a',
    'the prefix in capitals': 'ARN:aws:kms:us-east-1:111122223333:key/a',
    'a region in capitals': 'arn:aws:kms:US-EAST-1:111122223333:key/a',
    'a space in front': ' arn:aws:kms:us-east-1:111122223333:key/a',
    'a line end in the account': 'arn:aws:kms:us-east-1:111122223333\n:key/a',
    'a wildcard region': 'arn:aws:kms:*:111122223333:key/a',
    'a key id': keyId,
  }
  for (const [name, text] of Object.entries(bad)) {
    test(`refuses ${name}`, () => {
      assert.equal(parseArn(text), undefined)
    })
  }

  const field = fc.oneof(
    fc.constantFrom(
      'arn',
      'aws',
      'aws-cn',
      'kms',
      'iam',
      '',
      'us-east-1',
      '111122223333',
      'key/a',
      '*',
      '\n',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  )
  test('any text is refused, or rendering its ARN gives it back', () => {
    const text = fc
      .tuple(fc.constantFrom('arn', 'ARN', ''), field, field, field, field, field)
      .map(fields => fields.join(':'))
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), candidate => {
        const arn = parseArn(candidate)
        if (arn === undefined) return
        assert.equal(renderArn(arn), candidate)
        const { partition, service, region, accountId } = arn
        assert.deepEqual(candidate.split(':', 5), ['arn', partition, service, region, accountId])
      }),
      { numRuns: 5000 },
    )
  })

  test('an ARN that is rendered from fields parses to the same fields', () => {
    const arns = fc.record(
      {
        partition: fc.constantFrom('aws', 'aws-cn', 'aws-us-gov'),
        service: fc.constantFrom('kms', 'iam', 's3'),
        region: fc.constantFrom('', 'us-east-1', 'eu-central-1'),
        accountId: fc.oneof(fc.constant(''), fc.bigInt(0n, 999_999_999_999n).map(digits)),
        resource: fc.string({ unit: 'binary', minLength: 1 }),
      },
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(arns, arn => {
        assert.deepEqual(parseArn(renderArn(arn)), arn)
      }),
    )
  })

  // If the time grew with the square of the length, these would not end within the time limit of the tests.
  test('long texts are parsed in time', () => {
    for (const text of ['a'.repeat(1e6), `arn:${'a-'.repeat(5e5)}`, `arn:aws:${':'.repeat(1e6)}`])
      parseArn(text)
  })
})

describe('the ARN of', () => {
  const scope = { accountId: '111122223333', region: 'us-west-2' }
  test('a key', () => {
    assert.equal(keyArn(scope, keyId), `arn:aws:kms:us-west-2:111122223333:key/${keyId}`)
  })
  test('an alias', () => {
    assert.equal(aliasArn(scope, 'alias/a/b'), 'arn:aws:kms:us-west-2:111122223333:alias/a/b')
  })
  test('an account and a user', () => {
    assert.equal(rootArn('111122223333'), 'arn:aws:iam::111122223333:root')
    assert.equal(userArn('111122223333', 'David'), 'arn:aws:iam::111122223333:user/David')
    assert.equal(rootArn('111122223333', 'aws-cn'), 'arn:aws-cn:iam::111122223333:root')
  })
  test('a key in another partition', () => {
    const china = { accountId: '111122223333', region: 'cn-north-1' }
    assert.equal(keyArn(china, keyId), `arn:aws-cn:kms:cn-north-1:111122223333:key/${keyId}`)
  })
})

describe('regions and accounts', () => {
  // AWS General Reference, "Regions and endpoints", and the partitions the SDKs carry.
  const partitions: Record<string, string> = {
    'us-east-1': 'aws',
    'eu-central-1': 'aws',
    'mx-central-1': 'aws',
    'ap-southeast-7': 'aws',
    'cn-north-1': 'aws-cn',
    'cn-northwest-1': 'aws-cn',
    'us-gov-west-1': 'aws-us-gov',
    'us-gov-east-1': 'aws-us-gov',
    'eusc-de-east-1': 'aws-eusc',
    'us-iso-east-1': 'aws-iso',
    'us-isob-east-1': 'aws-iso-b',
    'eu-isoe-west-1': 'aws-iso-e',
    'us-isof-south-1': 'aws-iso-f',
  }
  for (const [region, partition] of Object.entries(partitions)) {
    test(`${region} lies in ${partition}`, () => {
      assert.ok(isRegion(region))
      assert.equal(partitionOf(region), partition)
    })
  }

  const noRegions = [
    '',
    'us',
    'us-east',
    'east-1',
    'US-EAST-1',
    'us-east-1\n',
    'us-east-1a',
    'a-b-c-d-1',
    '*',
  ]
  for (const text of [...noRegions, `${'a'.repeat(28)}-bc-1`, 'us_east_1', ' us-east-1']) {
    test(`${JSON.stringify(text)} is not a region`, () => {
      assert.equal(isRegion(text), false)
    })
  }

  test('an account is twelve ASCII digits', () => {
    assert.ok(isAccountId('000000000000'))
    for (const text of [
      '',
      '11112222333',
      '1111222233334',
      '11112222333a',
      '111122223333\n',
      '１１１１２２２２３３３３',
    ]) {
      assert.equal(isAccountId(text), false, JSON.stringify(text))
    }
  })
})

function digits(number: bigint): string {
  return String(number).padStart(12, '0')
}
