import { ClusterFailure } from '../../domain/index.ts'
import { monotonicMillis } from '../../std/index.ts'
import type { KeyBinding } from '../key-handle.ts'
import { TokenProblem } from '../pkcs11/problem.ts'
import { inTurn } from '../queues/in-turn.ts'
import type { ClusterMembers } from './cluster-members.ts'
import type { ClusterKey } from './cluster-options.ts'
import { carry } from './joining/carrying.ts'
import { makeCheck, tokenKeyNameOf } from './key-check.ts'
import type { TokenLine } from './token-line.ts'
import type { TokenReference } from './token-reference.ts'

/** The time for which a new key waits for tokens that are about to serve. */
const joinMillisMax = 10_000

/** The time for which a new key waits for its turn. `destroyKey`, which may overtake it, is called later. */
const turnMillisMax = 20_000

/**
 * Makes a key in one token and carries it to all others that serve. Rejects with ClusterFailure and TooMuchWaiting; what is left of the key
 * then is for `destroyKey`.
 */
export async function makeKey(members: ClusterMembers, binding: KeyBinding): Promise<TokenReference> {
  await enoughServe(members)
  const { accountId } = binding
  const deadline = monotonicMillis() + turnMillisMax
  const late = () => new ClusterFailure('late', 'it was not the turn of the new key in time')
  return await inTurn(members.changes, { waiter: { accountId }, deadline, late }, async () => {
    // The key exists nowhere, so no second token is tried: the first may have made it, and it would be a different one under one name.
    const maker = members.next(members.serving)
    if (maker === undefined) throw new ClusterFailure('unreachable', 'no HSM serves')
    refuseTooFew(members, members.serving.length)
    try {
      const key = await makeIn(members, maker, binding)
      const others = members.serving.filter(token => token !== maker)
      await Promise.all(others.map(target => carryOrLeave(members, { key, target, sources: [maker] })))
      refuseTooFew(members, members.serving.filter(token => token.hasKey(key)).length)
      members.made(key)
      return key.reference
    } catch (error) {
      await destroyIn(members, binding)
      throw toFailure(error)
    }
  })
}

/** Waits for tokens that are about to serve, as after the start of the server. It takes no turn, because a token that joins needs one. */
async function enoughServe(members: ClusterMembers): Promise<void> {
  const deadline = monotonicMillis() + joinMillisMax
  for (;;) {
    const left = deadline - monotonicMillis()
    const isEnough = members.serving.length >= members.cluster.minimumTokens
    if (isEnough || members.count('joining') === 0 || left <= 0) return
    await members.changeWithin(left)
  }
}

/** Destroys a key in all tokens that serve. Resolves to whether it is in no token of the cluster any more. */
export function destroyKey(members: ClusterMembers, binding: KeyBinding): Promise<boolean> {
  return members.changes.run(undefined, () => destroyIn(members, binding))
}

function refuseTooFew({ cluster }: ClusterMembers, count: number): void {
  const { clusterId, minimumTokens } = cluster
  if (count < minimumTokens)
    throw new ClusterFailure(
      'tooFew',
      `${clusterId} needs ${minimumTokens} HSMs that have the key, and has ${count}`,
    )
}

async function makeIn(members: ClusterMembers, maker: TokenLine, binding: KeyBinding): Promise<ClusterKey> {
  const { isShared } = members
  const { abilities } = maker.findings
  const check = await maker.use(async gateway => {
    await gateway.makeKey(tokenKeyNameOf(binding), isShared)
    return await makeCheck(gateway, abilities, binding)
  })
  const { customKeyStoreId } = members.name
  const key: ClusterKey = { binding, reference: { customKeyStoreId, isShared, check } }
  maker.addKey(key)
  return key
}

/** A token that cannot take a key would lack it for ever, so it has to join again. */
async function carryOrLeave(members: ClusterMembers, missing: Parameters<typeof carry>[1]): Promise<void> {
  const { target } = missing
  try {
    await carry(members, missing)
  } catch (error) {
    if (target.state !== 'serving') return
    members.report(target, { kind: 'away', reason: `it cannot take a new key: ${(error as Error).message}` })
    await target.leave('away')
    members.notify()
  }
}

async function destroyIn(members: ClusterMembers, binding: KeyBinding): Promise<boolean> {
  members.unmade({ binding })
  const destroyed = await Promise.all(
    members.serving.map(async token => {
      try {
        await token.use(gateway => gateway.destroyKey(tokenKeyNameOf(binding)))
        token.removeKey({ binding })
        return true
      } catch (error) {
        if (!(error instanceof TokenProblem)) throw error
        return false
      }
    }),
  )
  return destroyed.length === members.tokens.length && destroyed.every(Boolean)
}

function toFailure(error: unknown): unknown {
  if (!(error instanceof TokenProblem)) return error
  return new ClusterFailure(error.code === 'Away' ? 'unreachable' : 'refused', error.message)
}
