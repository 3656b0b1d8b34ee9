import { AddressRanges, OperatorError } from '../../std/index.ts'
import { settings } from './settings.ts'

/** The proxies that are believed about the addresses of their clients; a member is undefined if there are none. */
export interface TrustedProxies {
  /** The addresses whose connections begin with a header of the PROXY protocol. */
  readonly proxyProtocol: AddressRanges | undefined
  /** The addresses whose X-Forwarded-For is read. */
  readonly forwardedFor: AddressRanges | undefined
}

const proxyProtocol = 'proxy-protocol:'

/** Reads the trusted proxies. Throws OperatorError for an entry that is not a range, or that is every address. */
export function readTrustedProxies(setting: string | undefined): TrustedProxies {
  const entries = (setting ?? '').split(',').map(entry => entry.trim())
  if (setting === undefined || entries.join('') === '')
    return { proxyProtocol: undefined, forwardedFor: undefined }
  const [speaking, forwarding] = [true, false].map(speaks =>
    entries.filter(entry => entry.startsWith(proxyProtocol) === speaks),
  )
  return { proxyProtocol: toRanges(speaking ?? []), forwardedFor: toRanges(forwarding ?? []) }
}

function toRanges(entries: readonly string[]): AddressRanges | undefined {
  if (entries.length === 0) return undefined
  const ranges = new AddressRanges()
  for (const entry of entries) {
    const range = entry.startsWith(proxyProtocol) ? entry.slice(proxyProtocol.length) : entry
    // If everybody were believed, everybody could choose an address.
    if (range.endsWith('/0') || !ranges.add(range)) throw wrongEntry(entry)
  }
  return ranges
}

const wrongEntry = (entry: string) =>
  new OperatorError(
    `${settings['trusted-proxies'].env} (--trusted-proxies) has '${entry}'; it must be an address such as 192.0.2.1 or a range such as 10.0.0.0/8, with ${proxyProtocol} before it for proxies that speak the PROXY protocol.`,
  )
