import { der } from '../std/index.ts'
import { addressBytes, couldBeTopLevel, isAddress } from './host-names.ts'

/** The tags of GeneralName (RFC 5280 section 4.2.1.6) that have constraints here. */
const kind = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 }

/**
 * Returns the NameConstraints (RFC 5280 section 4.2.1.10) that permit these names and addresses, and nothing else that a
 * client could accept:
 *
 * - An absent kind of name would be free, so each kind has a permitted subtree. Mail and URIs have a host that no one can
 *   own (RFC 6761). Directory names are left out, because Go refuses a critical extension that constrains them.
 * - A DNS name permits all names below it. A machine called `dev` would thereby permit a whole top-level domain, so the
 *   names below a single label of letters are excluded. OpenSSL, Go, Java and browsers read the leading dot as "below".
 */
export function constraintsOf(permits: readonly string[]): Buffer {
  const names = permits.filter(name => !isAddress(name))
  const addresses = permits.filter(isAddress)
  const permitted = [
    ...names.map(name => subtree(kind.dns, Buffer.from(name))),
    ...addresses.map(address => subtree(kind.ip, withFullMask(addressBytes(address)))),
    subtree(kind.email, noHost),
    subtree(kind.uri, noHost),
  ]
  const excluded = names
    .filter(name => couldBeTopLevel(name) && names.every(other => !other.endsWith(`.${name}`)))
    .map(name => subtree(kind.dns, Buffer.from(`.${name}`)))
  return der.sequence(
    der.tagged(0xa0, ...permitted),
    ...(excluded.length === 0 ? [] : [der.tagged(0xa1, ...excluded)]),
  )
}

/** Whether certificates of a CA with these permitted names may have this name. */
export function permitsName(permits: readonly string[], name: string): boolean {
  return permits.some(
    permitted =>
      name === permitted ||
      (!isAddress(name) &&
        !isAddress(permitted) &&
        !couldBeTopLevel(permitted) &&
        name.endsWith(`.${permitted}`)),
  )
}

const noHost = Buffer.from('keyward.invalid')

const subtree = (tag: number, base: Buffer) => der.sequence(der.tagged(tag, base))

const withFullMask = (address: Buffer) => Buffer.concat([address, Buffer.alloc(address.length, 0xff)])
