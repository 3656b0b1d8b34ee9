import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TokenKey, TokenKeyFlags } from '../token-gateway.ts'
import { findIn, type ReadToken } from './findings.ts'

// PKCS #11 2.40, 4.9 and 4.10, say which keys are safe: CKA_WRAP_WITH_TRUSTED limits a key that is extractable, and CKA_TRUSTED of a
// wrapping key can be set by the security officer alone.

const [own, peer, foreign] = ['a', 'b', 'c'].map(digit => digit.repeat(64)) as [string, string, string]

const flags: TokenKeyFlags = {
  ...{ private: true, sensitive: true, encrypt: true, decrypt: true, wrap: false, unwrap: false },
  ...{ sign: false, verify: false, derive: false, modifiable: false, copyable: false },
}
const alone: TokenKey = {
  ...{ label: 'arn:1', id: '01', class: 'secret', type: 'AES', fingerprint: undefined },
  flags: { ...flags, local: true, extractable: false, neverExtractable: true, alwaysSensitive: true },
}
const shared: TokenKey = {
  ...alone,
  label: 'arn:2',
  id: '02',
  flags: { ...flags, extractable: true, wrapWithTrusted: true },
}
const transport: TokenKey = {
  ...{ label: 'keyward-transport', id: own, class: 'private', type: 'RSA', fingerprint: own },
  flags: { ...flags, encrypt: false, decrypt: false, unwrap: true, extractable: false },
}
const trusted: TokenKey = {
  ...{ label: 'keyward-trusted b', id: peer, class: 'public', type: 'RSA', fingerprint: peer },
  flags: { trusted: true, wrap: true, private: false },
}
const pairOfOperator: TokenKey[] = [
  {
    ...transport,
    label: 'signer',
    id: '03',
    fingerprint: foreign,
    flags: { ...flags, sign: true, extractable: false },
  },
  { ...trusted, label: 'signer', id: '03', fingerprint: foreign, flags: { verify: true, wrap: true } },
]
const token = (changes: Partial<ReadToken> = {}): ReadToken => ({
  ...{ library: 'hsm-a', label: 'kms', manufacturer: 'm', model: 'm', serial: '1', transportKey: own },
  keys: [alone, shared, transport, trusted, ...pairOfOperator],
  ...changes,
})
const other = token({ library: 'hsm-b', transportKey: peer, keys: [] })
const kindsIn = (keys: readonly TokenKey[], isWhole = true) =>
  findIn([token({ keys }), other], isWhole).map(({ kind }) => kind)

test('tokens with the keys of Keyward, and with a key pair of an operator, have no findings', () => {
  assert.deepEqual(findIn([token(), other], true), [])
})

test('a trusted key is that of a token of the cluster, or a finding', () => {
  const [finding] = findIn([token()], true)
  assert.deepEqual(finding, {
    ...{ library: 'hsm-a', token: 'kms', kind: 'foreignTrustedKey' },
    text: `the public key keyward-trusted b (SHA-256 ${peer}) is trusted, and is the transport key of no token that was read: its owner can take out every shared key`,
  })
  for (const key of [
    { ...trusted, fingerprint: foreign },
    { ...trusted, fingerprint: undefined, type: 'EC' },
    { ...alone, flags: { ...alone.flags, trusted: true } },
    // A secret key with the fingerprint of a member is not its transport key.
    { ...alone, fingerprint: peer, flags: { ...alone.flags, trusted: true } },
  ]) {
    assert.deepEqual(kindsIn([transport, key]), ['foreignTrustedKey'], key.type)
    assert.deepEqual(kindsIn([transport, key], false), [])
  }
  assert.deepEqual(kindsIn([transport, { ...trusted, fingerprint: foreign, flags: { wrap: true } }]), [])
})

test('a key that leaves its token otherwise than under trusted keys is a finding', () => {
  const without = ({ flags: given }: TokenKey, name: keyof TokenKeyFlags) => {
    const { [name]: _, ...others } = given
    return others
  }
  for (const key of [shared, alone, transport])
    for (const changed of [{ ...key.flags, sensitive: false }, without(key, 'sensitive')])
      assert.deepEqual(kindsIn([{ ...key, flags: changed }]), ['leavesToken'], key.label)
  for (const changed of [
    { ...shared.flags, wrapWithTrusted: false },
    without(shared, 'wrapWithTrusted'),
    without(alone, 'extractable'),
  ])
    assert.deepEqual(kindsIn([{ ...shared, flags: changed }]), ['leavesToken'])
})

test('a key that wraps, unwraps or derives others is a finding, but for the transport key', () => {
  for (const use of ['wrap', 'unwrap', 'derive'] as const) {
    const [finding] = findIn([token({ keys: [{ ...alone, flags: { ...alone.flags, [use]: true } }] })], true)
    assert.deepEqual([finding?.kind, finding?.text], ['wrapsOrDerives', `the secret key arn:1 is for ${use}`])
  }
  const wrapping = { ...transport, flags: { ...transport.flags, wrap: true } }
  assert.deepEqual(kindsIn([wrapping]), ['wrapsOrDerives'])
  assert.deepEqual(kindsIn([{ ...transport, fingerprint: foreign }]), ['wrapsOrDerives'])
})

test('an unfit transport key, and a second key of one id and class, are findings', () => {
  const unfit = token({ transportKey: undefined, transportProblem: 'it unwraps all', keys: [] })
  assert.deepEqual(
    findIn([unfit], true).map(({ kind, text }) => [kind, text]),
    [['unfitTransportKey', 'it unwraps all']],
  )
  const twice = findIn([token({ keys: [alone, { ...shared, id: alone.id }] })], true)
  assert.deepEqual(
    twice.map(({ kind, text }) => [kind, text]),
    [['sameId', '2 secret keys have the id 01']],
  )
  assert.deepEqual(
    kindsIn([
      { ...alone, id: '' },
      { ...shared, id: '' },
    ]),
    [],
  )
})
