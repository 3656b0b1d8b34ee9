import { BlockList, isIP } from 'node:net'

const familyOf = { 4: 'ipv4', 6: 'ipv6' } as const

/** All IPv4 addresses. It has those inside IPv6, too. */
const allIpv4 = new BlockList()
allIpv4.addSubnet('0.0.0.0', 0, 'ipv4')

/** A set of IP addresses, made of single addresses and of ranges in CIDR notation (RFC 4632; RFC 4291, 2.3). */
export class AddressRanges {
  // One list would take `::/0` for a range that has all IPv4 addresses inside IPv6.
  readonly #lists = { 4: new BlockList(), 6: new BlockList() } as const

  /** Returns a set of addresses and ranges that the code names. */
  static of(...texts: readonly string[]): AddressRanges {
    const ranges = new AddressRanges()
    for (const text of texts) if (!ranges.add(text)) throw new Error(`${text} is not a range of addresses`)
    return ranges
  }

  /**
   * Adds an address such as `192.0.2.1` or a range such as `2001:db8::/32`; returns false for any other text. An IPv4
   * range must be written as one: `::ffff:192.0.2.0/120` is refused.
   */
  add(text: string): boolean {
    const [, address = '', prefix] = /^([\da-f:.]+)(?:\/(0|[1-9]\d{0,2}))?$/i.exec(text) ?? []
    const version = isIP(address)
    if (version === 0 || (version === 6 && (address.includes('.') || allIpv4.check(address, 'ipv6'))))
      return false
    const bits = version === 4 ? 32 : 128
    const length = prefix === undefined ? bits : Number(prefix)
    if (length > bits) return false
    this.#lists[version as 4 | 6].addSubnet(address, length, familyOf[version as 4 | 6])
    return true
  }

  /** Whether an address is in the set. An IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address, and in no IPv6 range. */
  has(address: string): boolean {
    const version = isIP(address)
    if (version === 0) return false
    const family = familyOf[version as 4 | 6]
    return this.#lists[allIpv4.check(address, family) ? 4 : 6].check(address, family)
  }
}
