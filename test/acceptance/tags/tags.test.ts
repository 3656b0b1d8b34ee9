import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paginateListResourceTags, type Tag } from '@aws-sdk/client-kms'
import { makeKey, TestCaller, violation } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'

const admin = new TestCaller(await testServer())

const tag = (TagKey: string, TagValue = 'v'): Tag => ({ TagKey, TagValue })
const manyTags = (count: number, prefix = 'tag') =>
  Array.from({ length: count }, (_, i) => tag(`${prefix}-${i}`))

async function tagsOf(KeyId: string): Promise<Record<string, string | undefined>> {
  const { Tags = [], Truncated } = await admin.sdk.listResourceTags({ KeyId, Limit: 50 })
  assert.equal(Truncated, false)
  return Object.fromEntries(Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]))
}

test('tags are set with a new key, added, replaced and removed', async () => {
  const { id: KeyId, arn } = await makeKey(admin, { Tags: [tag('a', '1'), tag('b', '')] })
  assert.deepEqual(await tagsOf(KeyId), { a: '1', b: '' })
  await admin.answersNothing('TagResource', { KeyId, Tags: [tag('b', '2'), tag('A', '3'), tag('Ω π', 'ω')] })
  assert.deepEqual(await tagsOf(arn), { a: '1', b: '2', A: '3', 'Ω π': 'ω' })
  await admin.answersNothing('UntagResource', { KeyId: arn, TagKeys: ['a', 'not there', 'Ω π'] })
  assert.deepEqual(await tagsOf(KeyId), { b: '2', A: '3' })
})

test('a key without tags has an empty list', async () => {
  const { id: KeyId } = await makeKey(admin)
  assert.deepEqual(await admin.answer('ListResourceTags', { KeyId }), { Tags: [], Truncated: false })
})

const long = 'k'.repeat(129)
const invalid: readonly [tags: unknown[], code: string, text: string][] = [
  [[tag('a'), tag('b'), tag('a', 'w')], 'TagException', 'Duplicate tag keys'],
  [[tag('aws:mine')], 'TagException', 'Tags beginning with aws: are reserved'],
  [[tag('AWS:mine')], 'TagException', 'Tags beginning with aws: are reserved'],
  [manyTags(51), 'TagException', 'Too many tags'],
  [
    [tag(long)],
    'ValidationException',
    violation('tags.1.member.tagKey', `'${long}'`, 'have length less than or equal to 128'),
  ],
  [
    [tag('a'), tag('b', 'v'.repeat(257))],
    'ValidationException',
    violation('tags.2.member.tagValue', `'${'v'.repeat(257)}'`, 'have length less than or equal to 256'),
  ],
  [
    [tag('')],
    'ValidationException',
    violation('tags.1.member.tagKey', "''", 'have length greater than or equal to 1'),
  ],
  [[{ TagKey: 'a' }], 'ValidationException', violation('tags.1.member.tagValue', 'null', 'not be null')],
  [[{ TagValue: 'a' }], 'ValidationException', violation('tags.1.member.tagKey', 'null', 'not be null')],
]

test('a request with an invalid tag is refused and sets none of its tags', async () => {
  const { id: KeyId } = await makeKey(admin, { Tags: [tag('old')] })
  const { Keys: before = [] } = await admin.sdk.listKeys({ Limit: 1000 })
  for (const [Tags, code, text] of invalid) {
    await admin.isRefused('TagResource', { KeyId, Tags }, code, text)
    await admin.isRefused('CreateKey', { Tags }, code, text)
  }
  assert.deepEqual(await tagsOf(KeyId), { old: 'v' })
  assert.deepEqual((await admin.sdk.listKeys({ Limit: 1000 })).Keys, before)
})

test('the longest tag is 128 and 256 characters', async () => {
  const { id: KeyId } = await makeKey(admin)
  await admin.answersNothing('TagResource', { KeyId, Tags: [tag('k'.repeat(128), 'v'.repeat(256))] })
  assert.deepEqual(await tagsOf(KeyId), { ['k'.repeat(128)]: 'v'.repeat(256) })
})

test('Tags and TagKeys are required', async () => {
  const { id: KeyId } = await makeKey(admin)
  const isMissing = (member: string) => violation(member, 'null', 'not be null')
  await admin.isRefused('TagResource', { KeyId }, 'ValidationException', isMissing('tags'))
  await admin.isRefused('UntagResource', { KeyId }, 'ValidationException', isMissing('tagKeys'))
  const tooLong = violation('tagKeys.2.member', `'${long}'`, 'have length less than or equal to 128')
  await admin.isRefused('UntagResource', { KeyId, TagKeys: ['a', long] }, 'ValidationException', tooLong)
})

test('a key has at most 50 tags', async () => {
  const { id: KeyId } = await makeKey(admin, { Tags: manyTags(50) })
  const { status, json } = await admin.call('TagResource', {
    KeyId,
    Tags: [tag('tag-0', 'new'), tag('other')],
  })
  assert.equal(status, 400)
  assert.ok(['TagException', 'LimitExceededException'].includes(String(json['__type'])))
  const tags = await tagsOf(KeyId)
  assert.deepEqual([Object.keys(tags).length, tags['tag-0'], tags['other']], [50, 'v', undefined])
  // All fifty can be replaced, and a new tag can follow one that was removed.
  await admin.answersNothing('TagResource', {
    KeyId,
    Tags: manyTags(50).map(({ TagKey = '' }) => tag(TagKey, 'w')),
  })
  await admin.answersNothing('UntagResource', { KeyId, TagKeys: ['tag-0'] })
  await admin.answersNothing('TagResource', { KeyId, Tags: [tag('other')] })
  assert.equal(Object.keys(await tagsOf(KeyId)).length, 50)
})

test('ListResourceTags returns every tag once, in pages', async () => {
  const { id: KeyId } = await makeKey(admin, { Tags: manyTags(7) })
  const seen: (string | undefined)[] = []
  const sizes: (number | undefined)[] = []
  for await (const page of paginateListResourceTags({ client: admin.sdk, pageSize: 3 }, { KeyId })) {
    sizes.push(page.Tags?.length)
    seen.push(...(page.Tags ?? []).map(({ TagKey }) => TagKey))
    assert.equal(page.Truncated, page.NextMarker !== undefined)
  }
  assert.deepEqual(sizes, [3, 3, 1])
  assert.deepEqual(
    seen.sort(),
    manyTags(7)
      .map(({ TagKey }) => TagKey)
      .sort(),
  )
})

test('a page has 1 to 50 tags, and its marker is valid for its key only', async () => {
  const [key, other] = [
    await makeKey(admin, { Tags: manyTags(50) }),
    await makeKey(admin, { Tags: manyTags(2) }),
  ]
  assert.equal((await admin.sdk.listResourceTags({ KeyId: key.id })).Tags?.length, 50)
  const tooLow = violation('limit', "'0'", 'have value greater than or equal to 1')
  await admin.isRefused('ListResourceTags', { KeyId: key.id, Limit: 0 }, 'ValidationException', tooLow)
  await admin.isRefused('ListResourceTags', { KeyId: key.id, Limit: 51 }, 'ValidationException')
  const { NextMarker: Marker } = await admin.sdk.listResourceTags({ KeyId: key.id, Limit: 1 })
  for (const input of [
    { KeyId: other.id, Marker },
    { KeyId: key.id, Marker: 'x' },
  ]) {
    await admin.isRefused('ListResourceTags', input, 'InvalidMarkerException')
  }
})

test('a disabled key can be tagged, a key pending deletion cannot', async () => {
  const { id: KeyId, arn } = await makeKey(admin, { Tags: [tag('a')] })
  await admin.sdk.disableKey({ KeyId })
  await admin.answersNothing('TagResource', { KeyId, Tags: [tag('b')] })
  await admin.answersNothing('UntagResource', { KeyId, TagKeys: ['a'] })
  await admin.sdk.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  const pending = new RegExp(`^${arn} is pending deletion`)
  await admin.isRefused('TagResource', { KeyId, Tags: [tag('c')] }, 'KMSInvalidStateException', pending)
  await admin.isRefused('UntagResource', { KeyId, TagKeys: ['b'] }, 'KMSInvalidStateException', pending)
  assert.deepEqual(await tagsOf(KeyId), { b: 'v' })
})

test('the answer to a request with very many violations is short', async () => {
  const { status, text } = await admin.call('TagResource', {
    KeyId: 'x',
    Tags: Array.from({ length: 4000 }, () => ({})),
  })
  assert.equal(status, 400)
  assert.match(text, /ValidationException/)
  assert.ok(text.length < 50_000, `${text.length} characters`)
})

test('UntagResource takes very many tag keys and removes those that the key has', async () => {
  const { id: KeyId } = await makeKey(admin, { Tags: [tag('owner', 'me'), tag('kept')] })
  const TagKeys = ['owner', ...Array.from({ length: 8000 }, (_, i) => `z${i}`)]
  await admin.answersNothing('UntagResource', { KeyId, TagKeys })
  assert.deepEqual(await tagsOf(KeyId), { kept: 'v' })
})
