import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { accountOfSessionKey, sessionAccessKeyId } from '../../domain/index.ts'
import { type Session, SessionTokens } from './session-token.ts'

const key = randomBytes(32)

/** Tokens sealed with AES-256-GCM and the name as associated data; in the server, the HSM seals them. */
const tokens = new SessionTokens({
  seal(name, secret) {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
    return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
  },
  open(name, sealed) {
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
        .setAAD(Buffer.from(name))
        .setAuthTag(sealed.subarray(-16))
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
    } catch {
      return undefined
    }
  },
})

const session: Session = {
  accountId: '000000000017',
  owner: { type: 'AssumedRole', roleName: 'Rôle', roleId: 'AROA2222222222222222A', sessionName: 'x' },
  policy: '{"Version":"2012-10-17"}',
  policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  tags: [{ tagKey: 'team', tagValue: 'blau 🟦' }],
  issuedAt: 1000,
  expiresAt: 901_000,
  isMfaAuthenticated: false,
  transitiveTagKeys: ['team'],
  sourceIdentity: 'alice',
  federatedProvider: undefined,
}

test('a token holds the whole session, and opens only with its own access key', () => {
  const { accessKeyId, secret, sessionToken } = tokens.issue(session)
  const opened = tokens.open(accessKeyId, sessionToken)
  // JSON has no undefined, so a member that is undefined is missing.
  assert.deepEqual({ federatedProvider: undefined, ...opened?.session }, session)
  assert.equal(opened?.secret.toString(), secret)
  assert.equal(secret.length, 40)
  assert.equal(tokens.open(tokens.issue(session).accessKeyId, sessionToken), undefined)
})

test('no two sessions share a key, a secret or a token', () => {
  const made = Array.from({ length: 100 }, () => tokens.issue(session))
  for (const member of ['accessKeyId', 'secret', 'sessionToken'] as const) {
    assert.equal(new Set(made.map(credentials => credentials[member])).size, made.length)
  }
})

test('the longest session request fits into a header', () => {
  // No more tags than these, and no longer policy, are packed: see packed-size.ts.
  const tags = Array.from({ length: 50 }, (_, index) => ({
    tagKey: `${index}`,
    tagValue: randomBytes(2).toString('hex'),
  }))
  const request = { policy: randomBytes(800).toString('base64'), policyArns: [], tags }
  const { accessKeyId, sessionToken } = tokens.issue({
    ...session,
    ...request,
    transitiveTagKeys: tags.map(({ tagKey }) => tagKey),
  })
  assert.ok(sessionToken.length <= 12_000, `${sessionToken.length}`)
  assert.ok(tokens.open(accessKeyId, sessionToken))
})

test('temporary access key ids contain the account id, as in AWS', () => {
  for (const accountId of ['000000000000', '000000000001', '123456789012', '999999999999']) {
    for (const random of [Buffer.alloc(10), Buffer.alloc(10, 0xff), randomBytes(10)]) {
      const id = sessionAccessKeyId(accountId, random)
      assert.match(id, /^ASIA[A-Z2-7]{16}$/)
      assert.equal(accountOfSessionKey(id), accountId)
    }
  }
  // The example in the documentation of GetAccessKeyInfo does not follow this format.
  for (const id of ['AKIAIOSFODNN7EXAMPLE', 'ASIA', 'ASIAAAAAAAAAAAAAAAAA', 'ASIA7777777777777777', '']) {
    assert.equal(accountOfSessionKey(id), undefined, id)
  }
})
