import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../store/index.ts'
import type { Session } from './session-token.ts'
import { SessionTokens } from './session-token.ts'
import { Sessions } from './sessions.ts'

const accountId = '111122223333'
const session: Session = {
  accountId,
  owner: { type: 'IAMUser', userName: 'ann', userId: 'AIDAANN' },
  policy: undefined,
  policyArns: [],
  tags: [],
  issuedAt: 0,
  expiresAt: 1000,
  isMfaAuthenticated: false,
  transitiveTagKeys: [],
  sourceIdentity: undefined,
  federatedProvider: undefined,
}

/** The sessions of a store with one user, whose look-ups a test can delay. */
function world() {
  const tokens = new SessionTokens({
    seal: (_, secret) => Buffer.from(secret),
    open: (_, sealed) => Buffer.from(sealed),
  })
  const listeners: Parameters<Store['subscribe']>[0][] = []
  const state = { userId: 'AIDAANN', gate: Promise.resolve(), reads: 0 }
  const users = {
    async find() {
      state.reads++
      const { userId } = state
      await state.gate
      return {
        accountId,
        userName: 'ann',
        userId,
        path: '/',
        policies: [],
        attachedPolicyArns: [],
        tags: [],
        groupNames: [],
      }
    },
  }
  const reader = { users }
  const store = { reader, subscribe: (listener: (typeof listeners)[0]) => listeners.push(listener) }
  const change = (of = accountId) => {
    for (const listener of listeners) listener({ type: 'identity', accountId: of, userName: 'ann' })
  }
  return {
    sessions: new Sessions(store as unknown as Store, tokens),
    issued: tokens.issue(session),
    state,
    change,
  }
}

test('the identity of a session is cached until an identity of its account changes', async () => {
  const { sessions, issued, state, change } = world()
  const { accessKeyId, sessionToken } = issued
  const found = await sessions.find(accessKeyId, sessionToken)
  assert.equal(sessions.findCached(accessKeyId), found)
  change('444455556666')
  assert.equal(sessions.findCached(accessKeyId), found)
  change()
  assert.equal(sessions.findCached(accessKeyId), undefined)
  state.userId = 'AIDAANOTHER'
  assert.equal(await sessions.find(accessKeyId, sessionToken), undefined)
  assert.equal(sessions.findCached(accessKeyId), undefined)
  assert.equal(state.reads, 2)
})

test('an identity read during a change is read again', async () => {
  const { sessions, issued, state, change } = world()
  const held = Promise.withResolvers<void>()
  state.gate = held.promise
  const finding = sessions.find(issued.accessKeyId, issued.sessionToken)
  change()
  held.resolve()
  const found = await finding
  assert.ok(found)
  assert.equal(state.reads, 2)
  assert.equal(sessions.findCached(issued.accessKeyId), found)
})

test('at most ten thousand sessions are cached', async () => {
  const { sessions } = world()
  const tokens = new SessionTokens({ seal: (_, secret) => Buffer.from(secret), open: () => undefined })
  const ids: string[] = []
  for (let i = 0; i < 10_001; i++) {
    const { accessKeyId, sessionToken } = tokens.issue(session)
    ids.push(accessKeyId)
    await sessions.find(accessKeyId, sessionToken)
  }
  assert.equal(sessions.findCached(ids[0] ?? ''), undefined)
  assert.ok(sessions.findCached(ids[10_000] ?? ''))
})
