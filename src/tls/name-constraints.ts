import { der } from '../std/index.ts'
import { addressBytes, couldBeTopLevel, isAddress } from './host-names.ts'

/** The tags of GeneralName (RFC 5280 section 4.2.1.6) that have constraints here. */
const kind = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 }

/**
 * Returns the NameConstraints (RFC 5280 section 4.2.1.10) that permit these names, addresses and ranges of addresses, and nothing
 * else that a client could accept:
 *
 * - An absent kind of name would be free, so each kind has a permitted subtree. Mail and URIs have a host that no one can
 *   own (RFC 6761). Directory names are left out, because Go refuses a critical extension that constrains them.
 * - A DNS name permits all names below it. A machine called `dev` would thereby permit a whole top-level domain, so the
 *   names below a single label of letters are excluded. OpenSSL, GnuTLS, Go, Java, Chromium and Apple's systems read a
 *   leading dot as "below".
 */
export function constraintsOf(permits: readonly string[]): Buffer {
  const names = permits.filter(name => !isRange(name) && !isAddress(name))
  const addresses = permits.filter(name => isRange(name) || isAddress(name))
  const permitted = [
    ...names.map(name => subtree(kind.dns, Buffer.from(name))),
    ...addresses.map(address => subtree(kind.ip, withMask(address))),
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

/** Whether certificates of a CA with these permitted names and ranges may have this name. */
export function permitsName(permits: readonly string[], name: string): boolean {
  return permits.some(permitted => {
    if (name === permitted) return true
    if (isRange(permitted)) return isAddress(name) && isWithin(permitted, name)
    if (isAddress(name) || isAddress(permitted)) return false
    return !couldBeTopLevel(permitted) && name.endsWith(`.${permitted}`)
  })
}

/** Whether a permitted name is a range of addresses. */
const isRange = (permitted: string) => permitted.includes('/')

const noHost = Buffer.from('keyward.invalid')

const subtree = (tag: number, base: Buffer) => der.sequence(der.tagged(tag, base))

function isWithin(range: string, address: string): boolean {
  const [bytes, permitted] = [addressBytes(address), withMask(range)]
  const isSame = (byte: number, index: number) =>
    (byte & (permitted[bytes.length + index] ?? 0)) === permitted[index]
  return permitted.length === 2 * bytes.length && bytes.every(isSame)
}

/** An address and its mask, as a subtree has them; the mask of a single address is full. */
function withMask(range: string): Buffer {
  const [address = '', prefix] = range.split('/')
  const bytes = addressBytes(address)
  const length = prefix === undefined ? 8 * bytes.length : Number(prefix)
  const mask = bytes.map((_, index) => 0xff << (8 - Math.min(8, Math.max(0, length - 8 * index))))
  return Buffer.concat([bytes, mask])
}
