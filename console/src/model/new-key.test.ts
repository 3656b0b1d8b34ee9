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
  steps,
  withKind,
  withPolicy,
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

test('the wizard goes on to the first step with a fault, and back to any', () => {
  const named = { ...firstChoices, alias: 'orders' }
  assert.equal(reachedStep(0, 1, firstChoices, place), 1)
  assert.equal(reachedStep(1, 2, firstChoices, place), steps.labels)
  assert.equal(reachedStep(3, 0, firstChoices, place), 0)
  assert.equal(reachedStep(0, steps.review, named, place), steps.review)
  assert.equal(reachedStep(0, steps.review, { ...named, otherAccounts: ['1'] }, place), steps.users)
  const written = withPolicy(named, '{"Statement": {}}', place)
  assert.equal(reachedStep(0, steps.review, written, place), steps.review)
  // The written policy is older than a choice.
  assert.equal(
    reachedStep(0, steps.review, { ...written, isMultiRegion: true, mayDelete: false, users: [root] }, place),
    steps.policy,
  )
  assert.equal(reachedStep(0, steps.review, withPolicy(named, '{', place), place), steps.policy)
  for (const change of [
    { alias: 'a b' },
    { description: 'x'.repeat(8193) },
    { tags: [{ key: '', value: '' }] },
  ])
    assert.ok(hasFault(steps.labels, { ...named, ...change }, place))
})
