import { TokenProblem } from '../../pkcs11/problem.ts'
import type { ClusterMembers } from '../cluster-members.ts'
import { tokenKeyNameOf } from '../key-check.ts'
import type { TokenLine } from '../token-line.ts'
import { carry, type MissingKey, missingKeys } from './carrying.ts'
import { inspect } from './token-inspection.ts'
import { trustEachOther } from './trust.ts'

/** So many keys are carried while no key can be made; more are carried before. */
const lastMax = 16

/**
 * Makes a token that its user is logged in to equal to those that serve, in both directions, and then it serves. A key that cannot be carried is
 * reported, and the token serves without it. Rejects with TokenProblem.
 */
export async function admit(members: ClusterMembers, token: TokenLine): Promise<void> {
  token.found(await inspect(token, members.isShared, members.surroundings.leaks))
  const failed = new Set<string>()
  const nameOf = ({ key, target }: MissingKey) =>
    `${key.binding.keyMaterialId} ${members.tokens.indexOf(target)}`
  let carriedKeys = 0
  const carryAll = async (all: readonly MissingKey[]) => {
    for (const missing of all) {
      if (await carried(members, missing)) carriedKeys++
      else failed.add(nameOf(missing))
      // Another token may go away meanwhile. This one must not serve then.
      if (token.state !== 'joining') throw new TokenProblem('Away', `${token.label} went away`)
    }
  }
  for (let isServing = false; !isServing; ) {
    const before = await members.changes.run(undefined, async () => {
      const missing = await missingIn(members, token)
      const left = missing.filter(one => !failed.has(nameOf(one)))
      if (left.length > lastMax) return left
      await carryAll(left)
      token.serve()
      isServing = true
      return []
    })
    await carryAll(before)
  }
  members.report(token, { kind: 'serves', serial: token.findings.serial, carriedKeys })
  members.notify()
}

async function missingIn(members: ClusterMembers, token: TokenLine): Promise<MissingKey[]> {
  if (!members.isShared) return []
  const { serving } = members
  for (const peer of serving) await trustEachOther(members, token, peer)
  return await missingKeys(members, [...serving, token])
}

async function carried(members: ClusterMembers, missing: MissingKey): Promise<boolean> {
  try {
    await carry(members, missing)
    return true
  } catch (error) {
    if (!(error instanceof TokenProblem)) throw error
    const { target, key } = missing
    const { label: kmsKeyArn } = tokenKeyNameOf(key.binding)
    if (error.code !== 'Away') members.report(target, { kind: 'keyLost', kmsKeyArn, reason: error.message })
    return false
  }
}
