import type { AddressRanges } from '../../std/index.ts'
import { writtenAddress } from '../client-address.ts'

/**
 * Returns the address of the client behind trusted proxies. Each proxy adds the address of its peer at the end of
 * X-Forwarded-For, so the client is the last address that is no proxy's own; clients can write whatever they like before it.
 * An element that is not an address ends the search at the proxy that passed it on.
 */
export function clientBehind(proxies: AddressRanges, peer: string, forwardedFor: string): string {
  let client = peer
  let end = forwardedFor.length
  while (end >= 0 && proxies.has(client)) {
    const comma = end === 0 ? -1 : forwardedFor.lastIndexOf(',', end - 1)
    const named = readElement(forwardedFor.slice(comma + 1, end))
    if (named === undefined) break
    client = named
    end = comma
  }
  return client
}

/** Reads an address; some proxies add the port, with an IPv6 address in brackets. */
function readElement(element: string): string | undefined {
  const [, ipv4, bracketed, ipv6] =
    /^[ \t]*(?:([\d.]{7,15})(?::\d{1,5})?|\[([\da-f]*:[\da-f:.]{1,44})\](?::\d{1,5})?|([\da-f:.]{2,45}))[ \t]*$/i.exec(
      element,
    ) ?? []
  const text = ipv4 ?? bracketed ?? ipv6
  return text === undefined ? undefined : writtenAddress(text)
}
