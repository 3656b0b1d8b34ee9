import { TokenProblem, type TokenProblemCode } from '../../pkcs11/problem.ts'
import type { ClusterMembers } from '../cluster-members.ts'
import type { ClusterKey } from '../cluster-options.ts'
import { tokenKeyNameOf, verifyKey } from '../key-check.ts'
import type { TokenLine } from '../token-line.ts'
import { transportKeyOf } from './trust.ts'

/** A key that a token lacks. */
export interface MissingKey {
  readonly key: ClusterKey
  readonly target: TokenLine
  /** The tokens that have the key. */
  readonly sources: readonly TokenLine[]
}

/** Returns the shared keys that some of the tokens have and others lack. */
export async function missingKeys(
  members: ClusterMembers,
  tokens: readonly TokenLine[],
): Promise<MissingKey[]> {
  const missing: MissingKey[] = []
  for await (const key of members.keys()) {
    if (!key.reference.isShared) continue
    const sources = tokens.filter(token => token.hasKey(key))
    if (sources.length === 0) continue
    for (const target of tokens) if (target.lacksKey(key)) missing.push({ key, target, sources })
  }
  return missing
}

/**
 * Carries a key to a token, and verifies it there. Rejects with TokenProblem if no source can give it. Sources that turn out to have a different key
 * under its name are reported, and count as tokens without the key.
 */
export async function carry(members: ClusterMembers, { key, target, sources }: MissingKey): Promise<void> {
  let problem = new TokenProblem('NoKey', 'no token that serves has the key')
  // It may have got the key since it was found to lack it.
  if (!target.lacksKey(key)) return
  for (const source of sources) {
    try {
      await checkedKey(members, source, key)
      await carryFrom(source, target, key)
      return
    } catch (error) {
      // Nothing can be carried to a token that is away.
      if (!(error instanceof TokenProblem) || target.state === 'away') throw error
      problem = error
    }
  }
  throw problem
}

/** Resolves if the key of a token is the right one. Otherwise it is reported and counts as missing, and TokenProblem says why. */
export async function checkedKey(members: ClusterMembers, token: TokenLine, key: ClusterKey): Promise<void> {
  try {
    await token.checkKey(key)
  } catch (error) {
    lostKey(members, token, key, error)
    throw error
  }
}

/** Reports a key that a token turned out not to have, or not as it must be, and forgets it there. Other errors say nothing about the key. */
export function lostKey(members: ClusterMembers, token: TokenLine, key: ClusterKey, error: unknown): boolean {
  if (!(error instanceof TokenProblem) || !keyProblems.has(error.code)) return false
  token.removeKey(key, error.code !== 'NoKey')
  const { label: kmsKeyArn } = tokenKeyNameOf(key.binding)
  members.report(token, { kind: 'keyLost', kmsKeyArn, reason: error.message })
  return true
}

const keyProblems: ReadonlySet<TokenProblemCode> = new Set(['NoKey', 'SeveralKeys', 'UnfitKey'])

async function carryFrom(source: TokenLine, target: TokenLine, key: ClusterKey): Promise<void> {
  const name = tokenKeyNameOf(key.binding)
  const { fingerprint } = transportKeyOf(target)
  const wrapped = await wrap(source, key, fingerprint)
  try {
    await target.use(gateway => gateway.unwrapKey(name, wrapped))
  } finally {
    wrapped.fill(0)
  }
  try {
    await target.use(gateway => verifyKey(gateway, key))
  } catch (error) {
    // It was unwrapped here and now, so it is nobody else's.
    const isForeign = error instanceof TokenProblem && error.code === 'UnfitKey'
    if (isForeign) await target.use(gateway => gateway.destroyKey(name))
    throw error
  }
  target.addKey(key)
}

async function wrap(source: TokenLine, key: ClusterKey, fingerprint: string): Promise<Buffer> {
  try {
    return await source.use(gateway => gateway.wrapKey(tokenKeyNameOf(key.binding), fingerprint))
  } catch (error) {
    // Its user can destroy the trusted key. The next join needs a ceremony then.
    if (error instanceof TokenProblem && error.code === 'NotTrusted') source.trusted.delete(fingerprint)
    throw error
  }
}
