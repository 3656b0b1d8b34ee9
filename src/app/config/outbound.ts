import { AddressRanges, isHostPattern, OperatorError, OutboundPolicy } from '../../std/index.ts'
import type { IssuerConfig } from './oidc-issuers.ts'
import { settings } from './settings.ts'

/**
 * Reads which connections the server may open. Without the setting these are the hosts that other settings name; with it,
 * the list alone. Throws OperatorError for an entry that is neither a host nor a range, and for an issuer whose keys
 * could never be fetched.
 */
export function readOutbound(setting: string | undefined, issuers: readonly IssuerConfig[]): OutboundPolicy {
  const named = issuers.flatMap(({ issuer, jwks }) =>
    typeof jwks === 'string' ? [{ issuer, host: new URL(jwks).hostname }] : [],
  )
  const hosts = setting === undefined ? named.map(({ host }) => host) : []
  const ranges = new AddressRanges()
  // An empty list allows nothing.
  for (const entry of setting ? setting.split(',').map(part => part.trim()) : []) {
    if (isHostPattern(entry)) hosts.push(entry)
    else if (!ranges.add(entry)) throw wrongEntry(entry)
  }
  const policy = new OutboundPolicy({ hosts, ranges })
  for (const { issuer, host } of named) {
    const problem = policy.problemOf(host)
    if (problem !== undefined)
      throw new OperatorError(`The keys of the issuer ${issuer} cannot be fetched: ${problem}.`)
  }
  return policy
}

const wrongEntry = (entry: string) =>
  new OperatorError(
    `${settings.outbound.env} (--outbound) has '${entry}'; it must be a host such as keys.example.com or *.example.com, an address such as 127.0.0.1, or a range such as 10.0.0.0/8.`,
  )
