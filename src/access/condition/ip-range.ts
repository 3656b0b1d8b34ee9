/** An address as bytes: 4 for IPv4, 16 for IPv6. */
export type IpAddress = readonly number[]

export interface IpRange {
  readonly address: IpAddress
  readonly prefixLength: number
}

/**
 * Reads an address in standard notation; undefined for any other text. An IPv4 address inside IPv6 (`::ffff:192.0.2.1`), as a
 * socket for both protocols reports it, is read as the IPv4 address. No other IPv6 address may have dots (recorded from AWS).
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(':')) return parseIpv4(text)
  const bytes = parseIpv6(text)
  if (bytes !== undefined && isMapped(bytes)) return bytes.slice(12)
  return text.includes('.') ? undefined : bytes
}

/**
 * Reads CIDR notation or a single address (recorded from AWS). An IPv4 range may be written with any of its addresses, an IPv6
 * range only with its first. IPv4 addresses inside IPv6 are in no IPv6 range, because they are compared as IPv4 addresses.
 */
export function parseIpRange(text: string): IpRange | undefined {
  const [, addressText = '', prefixText] = /^([^/]*)(?:\/(\+?\d{1,3}))?$/.exec(text) ?? []
  const isIpv6 = addressText.includes(':')
  if (isIpv6 && addressText.includes('.')) return undefined
  const address = isIpv6 ? parseIpv6(addressText) : parseIpv4(addressText)
  if (address === undefined) return undefined
  const bits = address.length * 8
  const prefixLength = prefixText === undefined ? bits : Number(prefixText)
  if (prefixLength > bits) return undefined
  return isIpv6 && !isFirst(address, prefixLength) ? undefined : { address, prefixLength }
}

/** Whether all bits after the prefix are zero. */
function isFirst(address: IpAddress, prefixLength: number): boolean {
  return address.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - 8 * index))
    return (byte & (0xff >> bits)) === 0
  })
}

export function isInRange(address: IpAddress, range: IpRange): boolean {
  if (address.length !== range.address.length) return false
  for (let i = 0, bits = range.prefixLength; bits > 0; i++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff
    if (((address[i] ?? 0) & mask) !== ((range.address[i] ?? 0) & mask)) return false
  }
  return true
}

/** Octets may have leading zeros only if they mean the same to a reader that takes them for octal numbers. */
function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.', 5)
  if (parts.length !== 4 || !parts.every(part => /^(0{0,2}[0-7]|[1-9]\d{0,2})$/.test(part))) return undefined
  const bytes = parts.map(Number)
  return bytes.every(byte => byte <= 255) ? bytes : undefined
}

function parseIpv6(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1))
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  if (halves.length === 1) return head.length === 16 ? head : undefined
  const given = head.length + (tail?.length ?? 0)
  return given <= 14 ? [...head, ...Array(16 - given).fill(0), ...(tail ?? [])] : undefined
}

/** Groups of four hex digits; the last one of the address may be an IPv4 address. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return []
  const groups = text.split(':')
  const bytes: number[] = []
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
      continue
    }
    const ipv4 = isLast && index === groups.length - 1 ? parseIpv4(group) : undefined
    if (ipv4 === undefined) return undefined
    bytes.push(...ipv4)
  }
  return bytes
}

function isMapped(bytes: IpAddress): boolean {
  return bytes.length === 16 && bytes.every((byte, i) => i >= 12 || byte === (i >= 10 ? 0xff : 0))
}
