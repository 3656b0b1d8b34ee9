import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accountFault,
  createKeyInput,
  descriptionFault,
  firstChoices,
  hasFault,
  keepPolicy,
  policyOf,
  reachedStep,
  readPrincipals,
  stepsFor,
  withKind,
  withOrigin,
  withPolicy,
  xksKeyFault,
} from './new-key.ts'

const root = 'arn:aws:iam::111122223333:root'
const place = { accountId: '111122223333', region: 'us-east-1', callerArn: root }

test('a description has 8192 characters at most', () => {
  assert.equal(descriptionFault('x'.repeat(8192)), undefined)
  assert.match(descriptionFault('x'.repeat(8193)) ?? '', /at most 8192/)
})

test('other accounts have 12 digits, once each, and are not the own one', () => {
  const ids = ['444455556666', '44445555666', place.accountId, '444455556666', '44445555666a']
  assert.deepEqual(
    ids.map((_, index) => accountFault(ids, index, place)?.split(' ').slice(0, 3).join(' ')),
    [undefined, 'An account ID', 'The key is', 'This account is', 'An account ID'],
  )
})

test('pasted principals are users and roles of the account', () => {
  const [user, role] = ['user/a/Alice', 'role/Ops+x@y'].map(name => `arn:aws:iam::${place.accountId}:${name}`)
  assert.deepEqual(readPrincipals(` ${user},\n${role} ${user}`, place), { arns: [user, role] })
  assert.match(readPrincipals(' ', place).fault ?? '', /Enter the ARN/)
  for (const arn of [
    ...['Alice', 'arn:aws:iam::444455556666:user/Bob', 'arn:aws-cn:iam::111122223333:user/Alice'],
    ...[`arn:aws:iam::${place.accountId}:root`, `arn:aws:iam::${place.accountId}:group/G`],
  ])
    assert.match(readPrincipals(`${user} ${arn}`, place).fault ?? '', /is not the ARN/)
})

test('a type or a usage takes what is no longer possible with it', () => {
  const kindOf = ({ keyType, keyUsage, keySpec }: typeof firstChoices) => `${keyType} ${keyUsage} ${keySpec}`
  const pair = withKind(firstChoices, { keyType: 'asymmetric' }, 'us-east-1')
  assert.equal(kindOf(pair), 'asymmetric ENCRYPT_DECRYPT RSA_2048')
  const larger = withKind({ ...pair, keySpec: 'RSA_4096' }, { keyUsage: 'SIGN_VERIFY' }, 'us-east-1')
  assert.equal(kindOf(larger), 'asymmetric SIGN_VERIFY RSA_4096')
  const agreement = withKind(larger, { keyUsage: 'KEY_AGREEMENT' }, 'us-east-1')
  assert.equal(kindOf(agreement), 'asymmetric KEY_AGREEMENT ECC_NIST_P256')
  assert.equal(kindOf(withKind(agreement, { keyType: 'symmetric' }, 'us-east-1')), kindOf(firstChoices))
})

test('a written policy stays until somebody regenerates it, and knows when choices have changed', () => {
  const { text } = policyOf(firstChoices, place)
  assert.deepEqual(withPolicy(firstChoices, text, place), { ...firstChoices, edit: undefined })
  const written = withPolicy(firstChoices, '{"Statement": []}', place)
  assert.deepEqual(policyOf(written, place), { text: '{"Statement": []}', isEdited: true, isOutdated: false })
  const changed = {
    ...written,
    isMultiRegion: true,
    administrators: [`arn:aws:iam::${place.accountId}:user/A`],
  }
  assert.deepEqual(policyOf(changed, place), { text: '{"Statement": []}', isEdited: true, isOutdated: true })
  assert.equal(policyOf(withPolicy(changed, '{}', place), place).isOutdated, true)
  assert.deepEqual(policyOf(keepPolicy(changed, place), place), {
    ...policyOf(changed, place),
    isOutdated: false,
  })
  assert.equal(policyOf({ ...changed, alias: 'x', edit: undefined }, place).isEdited, false)
  // The description is no choice of the policy.
  assert.equal(policyOf({ ...written, description: 'x' }, place).isOutdated, false)
})

test('the input of CreateKey has every choice', () => {
  const key = {
    ...{ ...firstChoices, description: 'd', tags: [{ key: 'k', value: 'v' }], isMultiRegion: true },
    edit: { text: '{}', generated: '' },
  }
  assert.deepEqual(createKeyInput(key, place), {
    ...{ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', Description: 'd', Origin: 'AWS_KMS' },
    ...{ MultiRegion: true, Policy: '{}', Tags: [{ TagKey: 'k', TagValue: 'v' }] },
  })
})

test('a key in a store has its store, and the key outside', () => {
  const store = { storeId: 'cks-1234567890abcdef0', xksKeyId: 'outside-1' }
  const inputOf = (origin: typeof firstChoices.origin) => {
    const { Origin, CustomKeyStoreId, XksKeyId, MultiRegion } = createKeyInput(
      { ...withOrigin({ ...firstChoices, isMultiRegion: true }, origin), ...store },
      place,
    )
    return [Origin, CustomKeyStoreId, XksKeyId, MultiRegion]
  }
  assert.deepEqual(inputOf('AWS_KMS'), ['AWS_KMS', undefined, undefined, true])
  assert.deepEqual(inputOf('EXTERNAL'), ['EXTERNAL', undefined, undefined, true])
  assert.deepEqual(inputOf('AWS_CLOUDHSM'), ['AWS_CLOUDHSM', store.storeId, undefined, false])
  assert.deepEqual(inputOf('EXTERNAL_KEY_STORE'), [
    'EXTERNAL_KEY_STORE',
    store.storeId,
    store.xksKeyId,
    false,
  ])
})

test('a different origin forgets what belongs to the old one, and a spec can rule an origin out', () => {
  const outside = {
    ...withOrigin(firstChoices, 'EXTERNAL_KEY_STORE'),
    ...{ hasConsent: true, storeId: 'cks-1', xksKeyId: 'outside-1' },
  }
  const imported = withOrigin(outside, 'EXTERNAL')
  assert.deepEqual(imported, { ...firstChoices, origin: 'EXTERNAL' })
  assert.deepEqual(withKind(outside, { keyUsage: 'GENERATE_VERIFY_MAC' }, 'us-east-1'), {
    ...firstChoices,
    ...{ keyUsage: 'GENERATE_VERIFY_MAC', keySpec: 'HMAC_256' },
  })
  const signing = withKind(imported, { keyType: 'asymmetric', keyUsage: 'SIGN_VERIFY' }, 'us-east-1')
  assert.equal(signing.origin, 'EXTERNAL')
  assert.equal(withKind(signing, { keySpec: 'ML_DSA_65' }, 'us-east-1').origin, 'AWS_KMS')
})

test('only administrators of imported keys may import key material', () => {
  // AWS KMS developer guide, "Default key policy": the list of key administrators has the action for origin EXTERNAL alone.
  const administrators = [`arn:aws:iam::${place.accountId}:user/A`]
  const importing = (['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const).filter(origin =>
    policyOf(withOrigin({ ...firstChoices, administrators }, origin), place).text.includes(
      'kms:ImportKeyMaterial',
    ),
  )
  assert.deepEqual(importing, ['EXTERNAL'])
})

test('an external key ID has the characters of the API', () => {
  // API reference, "CreateKey", XksKeyId: ^[a-zA-Z0-9-_.]+$, 1 to 128 characters.
  for (const id of ['a', 'A-b_c.9', 'x'.repeat(128)]) assert.equal(xksKeyFault(id), undefined, id)
  for (const id of ['', 'a b', 'a/b', 'é', 'a\n', 'x'.repeat(129)]) assert.ok(xksKeyFault(id), id)
})

test('the wizard asks for the consent and the store that an origin needs', () => {
  const named = { ...firstChoices, alias: 'orders' }
  const reached = (key: typeof named) => stepsFor(key)[reachedStep(0, stepsFor(key).length - 1, key, place)]
  assert.equal(reached(withOrigin(named, 'EXTERNAL')), 'configure')
  assert.equal(reached({ ...withOrigin(named, 'EXTERNAL'), hasConsent: true }), 'review')
  assert.equal(reached(withOrigin(named, 'AWS_CLOUDHSM')), 'store')
  assert.equal(reached({ ...withOrigin(named, 'AWS_CLOUDHSM'), storeId: 'cks-1' }), 'review')
  const outside = withOrigin(named, 'EXTERNAL_KEY_STORE')
  assert.equal(reached({ ...outside, storeId: 'cks-1', xksKeyId: 'k' }), 'configure')
  assert.equal(reached({ ...outside, hasConsent: true, storeId: 'cks-1' }), 'store')
  assert.equal(reached({ ...outside, hasConsent: true, xksKeyId: 'k' }), 'store')
  assert.equal(reached({ ...outside, hasConsent: true, storeId: 'cks-1', xksKeyId: 'k' }), 'review')
  for (const [origin, isThere] of [
    ...([
      ['AWS_KMS', false],
      ['EXTERNAL', false],
      ['AWS_CLOUDHSM', true],
    ] as const),
    ['EXTERNAL_KEY_STORE', true] as const,
  ])
    assert.equal(stepsFor({ origin }).includes('store'), isThere, origin)
})

test('the wizard goes on to the first step with a fault, and back to any', () => {
  const all = stepsFor(firstChoices)
  const [labels, users, policy, review] = (['labels', 'users', 'policy', 'review'] as const).map(step =>
    all.indexOf(step),
  ) as [number, number, number, number]
  const named = { ...firstChoices, alias: 'orders' }
  assert.equal(reachedStep(0, 1, firstChoices, place), 1)
  assert.equal(reachedStep(1, 2, firstChoices, place), labels)
  assert.equal(reachedStep(3, 0, firstChoices, place), 0)
  assert.equal(reachedStep(0, review, named, place), review)
  assert.equal(reachedStep(0, review, { ...named, otherAccounts: ['1'] }, place), users)
  const written = withPolicy(named, '{"Statement": {}}', place)
  assert.equal(reachedStep(0, review, written, place), review)
  // The written policy is older than a choice.
  assert.equal(
    reachedStep(0, review, { ...written, isMultiRegion: true, mayDelete: false, users: [root] }, place),
    policy,
  )
  assert.equal(reachedStep(0, review, withPolicy(named, '{', place), place), policy)
  for (const change of [
    { alias: 'a b' },
    { description: 'x'.repeat(8193) },
    { tags: [{ key: '', value: '' }] },
  ])
    assert.ok(hasFault('labels', { ...named, ...change }, place))
})
