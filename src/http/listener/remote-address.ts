import { isIPv4, isIPv6, type Socket } from 'node:net'

/**
 * Returns the address of a connection's client, in the form that `plainAddress` returns; undefined if it is not known.
 */
export function remoteAddressOf({ remoteAddress }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : plainAddress(remoteAddress)
}

/**
 * Returns an address as policies and the audit record use it: a link-local address without its zone (`fe80::1%eth0`),
 * the IPv4 client of a dual-stack socket as IPv4, and any other IPv6 address without dots (`::192.0.2.1`). Returns
 * undefined for text that is not an address, because no condition could judge it.
 */
export function plainAddress(reported: string): string | undefined {
  const address = reported.replace(/%.*$/s, '').replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return undefined
  return address.includes('.') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address
}
