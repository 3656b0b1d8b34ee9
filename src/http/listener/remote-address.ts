import { isIPv4, isIPv6, type Socket } from 'node:net'

/** Where a connection comes from, as `plainAddress` has it; undefined where that is not known. */
export function remoteAddressOf({ remoteAddress }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : plainAddress(remoteAddress)
}

/**
 * An address as policies and the audit record read it: without the zone of one that is link-local (`fe80::1%eth0`), that of an
 * IPv4 client of a socket for both kinds as IPv4, and any other of IPv6 without dots (`::192.0.2.1`). Undefined for what is no
 * address: conditions could say nothing of it, whether they ask for it or for any other.
 */
export function plainAddress(reported: string): string | undefined {
  const address = reported.replace(/%.*$/s, '').replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return undefined
  return address.includes('.') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address
}
