import { ClusterFailure } from '../../domain/index.ts'
import { monotonicMillis } from '../../std/index.ts'
import { TokenProblem } from '../pkcs11/problem.ts'
import { TooMuchWaiting } from '../problems.ts'
import type { ClusterMembers } from './cluster-members.ts'
import type { ClusterKey } from './cluster-options.ts'
import { carry, checkedKey, lostKey } from './joining/carrying.ts'
import type { TokenGateway } from './token-gateway.ts'
import type { TokenLine, TokenTurn } from './token-line.ts'

/** The time for a call in all. AWS documents none for its HSMs; it is that of external key stores with room for a second token. */
const callMillis = 2000
/** The time for the first of two tokens. */
const firstMillis = 1000
const triesMax = 2

/** Work of a call that any token can do. */
export interface TokenWork<T> {
  /** The key that the token must have; undefined for work without one. */
  readonly key: ClusterKey | undefined
  readonly waiter: TokenTurn['waiter']
  run(gateway: TokenGateway, token: TokenLine): Promise<T>
}

/**
 * Does work in one of the tokens that serve and have the key, and if that one cannot, in one other. Rejects with ClusterFailure, TooMuchWaiting,
 * Abandoned, and with TokenProblem `Undecryptable`.
 */
export async function inTokens<T>(members: ClusterMembers, work: TokenWork<T>): Promise<T> {
  const deadline = monotonicMillis() + callMillis
  const tried: TokenLine[] = []
  let problem: unknown
  while (tried.length < triesMax) {
    const candidates = await candidatesOf(members, work.key, tried, deadline)
    const token = members.next(candidates)
    if (token === undefined) break
    tried.push(token)
    const hasOther = candidates.length > 1 && tried.length < triesMax
    const ends = hasOther ? Math.min(deadline, monotonicMillis() + firstMillis) : deadline
    try {
      return await within(inToken(members, token, work, ends), ends)
    } catch (error) {
      if (!mayWorkElsewhere(error)) throw error
      problem = error
    }
  }
  throw toFailure(members, problem)
}

async function candidatesOf(
  members: ClusterMembers,
  key: ClusterKey | undefined,
  tried: readonly TokenLine[],
  deadline: number,
): Promise<readonly TokenLine[]> {
  for (;;) {
    const found = members.serving.filter(
      token => !tried.includes(token) && (key === undefined || token.hasKey(key)),
    )
    const left = deadline - monotonicMillis()
    if (found.length > 0 || tried.length > 0 || left <= 0 || members.count('joining') === 0) return found
    // The server has started a moment ago, or all tokens were away.
    await members.changeWithin(left)
  }
}

async function inToken<T>(
  members: ClusterMembers,
  token: TokenLine,
  { key, waiter, run }: TokenWork<T>,
  deadline: number,
): Promise<T> {
  return await token.useInTurn({ waiter, deadline }, async gateway => {
    if (key === undefined) return await run(gateway, token)
    await checkedKey(members, token, key)
    try {
      return await run(gateway, token)
    } catch (error) {
      if (lostKey(members, token, key, error)) carryAgain(members, token, key)
      throw error
    }
  })
}

/** Somebody has deleted the key in one token: it gets it again from another one. */
function carryAgain(members: ClusterMembers, target: TokenLine, key: ClusterKey): void {
  if (!key.reference.isShared || !target.lacksKey(key)) return
  members.changes
    .run(undefined, async () => {
      const sources = members.serving.filter(token => token.hasKey(key))
      if (target.state === 'serving' && target.lacksKey(key)) await carry(members, { key, target, sources })
    })
    // The token goes on without the key, which is reported already.
    .catch(() => undefined)
}

/** Resolves as a promise does, or rejects with ClusterFailure `late` at a moment of `monotonicMillis`. A late result is wiped. */
async function within<T>(work: Promise<T>, deadline: number): Promise<T> {
  let isLate = false
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => {
      isLate = true
      reject(new ClusterFailure('late', 'the HSM has not answered in time'))
    },
    Math.max(0, deadline - monotonicMillis()),
  )
  const watched = work.then(result => {
    if (isLate && Buffer.isBuffer(result)) result.fill(0)
    return result
  })
  try {
    return await Promise.race([watched, promise])
  } finally {
    clearTimeout(timer)
  }
}

function mayWorkElsewhere(error: unknown): boolean {
  if (error instanceof TokenProblem) return error.code !== 'Undecryptable'
  return error instanceof TooMuchWaiting || (error instanceof ClusterFailure && error.failure === 'late')
}

function toFailure(members: ClusterMembers, problem: unknown): unknown {
  const all = members.tokens.length
  const serving = members.serving.length
  const state = `${serving} of the ${all} HSMs of ${members.cluster.clusterId} serve`
  if (problem === undefined)
    return new ClusterFailure(serving === all ? 'noKey' : 'unreachable', `${state}, and none has the key`)
  if (!(problem instanceof TokenProblem)) return problem
  const { code, message } = problem
  const reason = `${state}; the last one tried: ${message}`
  if (code === 'Away') return new ClusterFailure('unreachable', reason)
  if (code === 'Busy') return new ClusterFailure('busy', reason)
  const isKey = code === 'NoKey' || code === 'SeveralKeys' || code === 'UnfitKey'
  return new ClusterFailure(isKey ? 'noKey' : 'refused', reason)
}
