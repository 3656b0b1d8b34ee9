import { BlockList, isIP } from 'node:net'

const familyOf = { 4: 'ipv4', 6: 'ipv6' } as const

/** A set of IP addresses, made of single addresses and of ranges in CIDR notation (RFC 4632; RFC 4291, 2.3). */
export class AddressRanges {
  readonly #list = new BlockList()

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
    if (version === 0 || (version === 6 && address.includes('.'))) return false
    const bits = version === 4 ? 32 : 128
    const length = prefix === undefined ? bits : Number(prefix)
    if (length > bits) return false
    this.#list.addSubnet(address, length, familyOf[version as 4 | 6])
    return true
  }

  /** Whether an address is in the set. An IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. */
  has(address: string): boolean {
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, familyOf[version as 4 | 6])
  }
}
