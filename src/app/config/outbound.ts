import { AddressRanges, isHostPattern, OperatorError, OutboundPolicy } from '../../std/index.ts'
import type { IssuerConfig } from './oidc-issuers.ts'
import { settings } from './settings.ts'

/** A host that the server must reach because of a setting. */
export interface NeededHost {
  readonly host: string
  /** The sentence about it, such as `The keys of the issuer X cannot be fetched`. */
  readonly complaint: string
}

/**
 * Reads which connections the server may open. Without the setting these are the hosts that other settings need; with it,
 * the list alone. Throws OperatorError for an entry that is neither a host nor a range, and for a needed host that could
 * never be reached.
 */
export function readOutbound(setting: string | undefined, needed: readonly NeededHost[]): OutboundPolicy {
  const hosts = setting === undefined ? needed.map(({ host }) => host) : []
  const ranges = new AddressRanges()
  // An empty list allows nothing.
  for (const entry of setting ? setting.split(',').map(part => part.trim()) : []) {
    if (isHostPattern(entry)) hosts.push(entry)
    else if (!ranges.add(entry)) throw wrongEntry(entry)
  }
  const policy = new OutboundPolicy({ hosts, ranges })
  for (const { host, complaint } of needed) {
    const problem = policy.problemOf(host)
    if (problem !== undefined) throw new OperatorError(`${complaint}: ${problem}.`)
  }
  return policy
}

/** The hosts that the keys of issuers are fetched from. */
export function hostsOfIssuers(issuers: readonly IssuerConfig[]): NeededHost[] {
  return issuers.flatMap(({ issuer, jwks }) =>
    typeof jwks === 'string'
      ? [{ host: new URL(jwks).hostname, complaint: `The keys of the issuer ${issuer} cannot be fetched` }]
      : [],
  )
}

const wrongEntry = (entry: string) =>
  new OperatorError(
    `${settings.outbound.env} (--outbound) has '${entry}'; it must be a host such as keys.example.com or *.example.com, an address such as 127.0.0.1, or a range such as 10.0.0.0/8.`,
  )
