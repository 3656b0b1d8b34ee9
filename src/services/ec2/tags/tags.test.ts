import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../../../domain/index.ts'
import { tagsOfNew } from './tag-specifications.ts'
import { addTags, type GivenTag, readTags } from './tags.ts'

const refuses = (act: () => unknown, code: string, text: string | RegExp) =>
  assert.throws(act, (error: unknown) => {
    assert.ok(error instanceof ServiceError)
    assert.equal(error.code, code)
    if (typeof text === 'string') assert.equal(error.text, text)
    else assert.match(error.text ?? '', text)
    return true
  })
const given = (count: number): GivenTag[] =>
  Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: 'v' }))

test('a tag without a value has an empty one, and keys are case-sensitive', () => {
  assert.deepEqual(readTags([{ Key: 'a' }, { Key: 'A', Value: 'b' }]), [
    { tagKey: 'a', tagValue: '' },
    { tagKey: 'A', tagValue: 'b' },
  ])
})

// The texts: cloud-custodian issues 3792 and 5975, aws-cli issue 3283. The lengths: Amazon EC2 API reference, "Tag".
test('keys and values have limits', () => {
  refuses(
    () => readTags([{ Key: 'Name' }, { Key: 'Name' }]),
    'InvalidParameterValue',
    "Duplicate tag key 'Name' specified.",
  )
  refuses(
    () => readTags([{ Key: 'aws:autoscaling:groupName', Value: 'x' }]),
    'InvalidParameterValue',
    "Value ( aws:autoscaling:groupName ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
  )
  for (const Key of ['', undefined])
    refuses(
      () => readTags([{ Key }]),
      'InvalidParameterValue',
      "Value ( '' ) for parameter Tag key is invalid. Tag key cannot be null or empty.",
    )
  assert.equal(readTags([{ Key: '😀'.repeat(127), Value: '😀'.repeat(256) }]).length, 1)
  refuses(() => readTags([{ Key: 'k'.repeat(128) }]), 'InvalidParameterValue', /key exceeds/)
  refuses(() => readTags([{ Key: 'k', Value: 'v'.repeat(257) }]), 'InvalidParameterValue', /value exceeds/)
})

test('added tags replace those with the same key, and a resource has at most 50', () => {
  const tags = readTags(given(50))
  const replaced = addTags(tags, [{ tagKey: 'k7', tagValue: 'new' }])
  assert.equal(replaced.length, 50)
  assert.deepEqual(
    replaced.find(({ tagKey }) => tagKey === 'k7'),
    { tagKey: 'k7', tagValue: 'new' },
  )
  refuses(() => addTags(tags, [{ tagKey: 'one more', tagValue: '' }]), 'TagLimitExceeded', /./)
})

// The texts: aws-cli issue 2865, rultor issue 1991.
test('the tags of a new resource are those of its own kind', () => {
  const tags = tagsOfNew('vpc-endpoint', [
    { ResourceType: 'vpc-endpoint', Tag: [{ Key: 'a', Value: 'b' }] },
    { ResourceType: 'vpc-endpoint' },
  ])
  assert.deepEqual(tags, [{ tagKey: 'a', tagValue: 'b' }])
  assert.deepEqual(tagsOfNew('vpc-endpoint', undefined), [])
  refuses(
    () => tagsOfNew('vpc-endpoint', [{ ResourceType: 'network-interface' }]),
    'InvalidParameterValue',
    "'network-interface' is not a valid taggable resource type for this operation.",
  )
  refuses(
    () => tagsOfNew('vpc-endpoint', [{}]),
    'InvalidParameterValue',
    'Tag specification resource type must have a value',
  )
  const twice = { ResourceType: 'vpc-endpoint', Tag: [{ Key: 'a' }] }
  refuses(() => tagsOfNew('vpc-endpoint', [twice, twice]), 'InvalidParameterValue', /Duplicate/)
  refuses(
    () => tagsOfNew('vpc-endpoint', [{ ResourceType: 'vpc-endpoint', Tag: given(51) }]),
    'TagLimitExceeded',
    /./,
  )
})
