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

/**
 * Returns an address that a header states, in the form that `plainAddress` returns; undefined for other text. IPv6
 * addresses are shortened, since a header may have any of their forms.
 */
export function writtenAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (text.includes('%') || !isIPv6(text)) return undefined
  const short = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  const bits = Number.parseInt(high, 16) * 0x1_0000 + Number.parseInt(low, 16)
  return [24, 16, 8, 0].map(shift => (bits >>> shift) & 0xff).join('.')
}

/** Returns the address that 4 or 16 bytes are, in the form that `plainAddress` returns. */
export function addressOfBytes(bytes: Buffer): string | undefined {
  if (bytes.length === 4) return bytes.join('.')
  return writtenAddress(bytes.toString('hex').replace(/.{4}(?!$)/g, '$&:'))
}
