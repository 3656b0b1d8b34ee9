import { OperatorError } from '../../../std/index.ts'
import { countedPin } from '../../pkcs11/pin-source.ts'
import { TokenProblem } from '../../pkcs11/problem.ts'
import { readSecretLine } from '../../root-key/secret-file.ts'
import type { ClusterMembers } from '../cluster-members.ts'
import type { TransportKey } from '../token-gateway.ts'
import type { TokenLine } from '../token-line.ts'
import { officerOf } from './token-login.ts'

/**
 * Makes two tokens trust the transport keys of each other. That takes the security officer of a token, in a process of its own, once.
 * Rejects with TokenProblem, `NotTrusted` if there is no such PIN or a wrong one.
 */
export async function trustEachOther(
  members: ClusterMembers,
  one: TokenLine,
  other: TokenLine,
): Promise<void> {
  await trust(members, one, other)
  await trust(members, other, one)
}

/** Returns the transport key of a token that has joined a cluster of several. */
export function transportKeyOf(token: TokenLine): TransportKey {
  const { transport } = token.findings
  if (transport === undefined) throw new TokenProblem('NotTrusted', `${token.label} has no transport key`)
  return transport
}

async function trust(members: ClusterMembers, holder: TokenLine, peer: TokenLine): Promise<void> {
  const key = transportKeyOf(peer)
  if (holder.trusted.has(key.fingerprint)) return
  const { options, limit } = members.surroundings
  const missing = `the token ${holder.label} does not trust the transport key of ${peer.label} (SHA-256 ${key.fingerprint})`
  const ceremony = await options.gateways.openCeremony(holder.address, holder.closing)
  try {
    const read = () => readOfficerPin(members.cluster.soPinPath, missing)
    await ceremony.login(countedPin(limit, officerOf(holder.address), read))
    await ceremony.trust(key, `keyward-trusted ${peer.label}`)
  } catch (error) {
    throw officerProblem(error, missing)
  } finally {
    await ceremony.close()
  }
  holder.trusted.add(key.fingerprint)
  const { serial: peerSerial } = peer.findings
  members.report(holder, { kind: 'trusts', peer: peer.label, peerSerial, fingerprint: key.fingerprint })
}

function readOfficerPin(path: string | undefined, missing: string): Buffer {
  if (path === undefined)
    throw new TokenProblem(
      'NotTrusted',
      `${missing}; name a file with the PIN of its security officer with soPinFile`,
    )
  try {
    return readSecretLine(
      path,
      'PIN of the security officer',
      'It may be removed again when all tokens have joined.',
    )
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    throw new TokenProblem('NotTrusted', `${missing}. ${error.message}`)
  }
}

/** A PIN of the security officer that is wrong must not pass for a wrong password of the user. */
function officerProblem(error: unknown, missing: string): unknown {
  if (!(error instanceof TokenProblem) || error.code === 'Away' || error.code === 'NotTrusted') return error
  return new TokenProblem('NotTrusted', `${missing}; its security officer: ${error.message}`)
}
