import { isIPv4 } from 'node:net'

const labelPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Returns a host name or address in the form in which certificates have it: lower case, IPv6 in its shortest form.
 * Returns undefined for other texts: a wildcard, a trailing dot, an underscore, an IPv6 zone, a last label of digits,
 * which clients take for an address (RFC 1123 section 2.1).
 */
export function canonicalHost(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (text.includes(':')) {
    // The parser of URLs knows IPv6. The pattern of `isIPv6` takes 5 ms to compile, at every start.
    const url = /^[\da-f:.]+$/i.test(text) ? URL.parse(`http://[${text}]`) : null
    return url?.hostname.slice(1, -1)
  }
  const name = text.toLowerCase()
  const labels = name.split('.')
  const isFine = name.length <= 253 && labels.every(label => labelPattern.test(label))
  return isFine && !/^\d+$/.test(labels.at(-1) ?? '') ? name : undefined
}

/** Whether a host in its canonical form is an address. */
export function isAddress(host: string): boolean {
  return host.includes(':') || isIPv4(host)
}

/** Returns the 4 or 16 bytes of an address in its canonical form. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16))
  const [first, last] = [groups(head), groups(tail ?? '')]
  const bytes = Buffer.alloc(16)
  for (const [index, group] of first.entries()) bytes.writeUInt16BE(group, 2 * index)
  for (const [index, group] of last.entries()) bytes.writeUInt16BE(group, 16 - 2 * (last.length - index))
  return bytes
}

/** The names and addresses under which a machine reaches itself. libmongocrypt refuses names without a dot. */
const localNames = ['localhost', 'kms.keyward.localhost', '127.0.0.1', '::1']

/** The names that a server wants in its certificate, in canonical form. */
export interface WantedNames {
  /** The names that the operator asked for, and those of loopback. A CA that does not permit one of them is replaced. */
  readonly required: readonly string[]
  /**
   * The names of the machine. A container has a different one after each update, so they never replace a CA: a name that it
   * does not permit is left out.
   */
  readonly optional: readonly string[]
  /**
   * The names, and the ranges of addresses in CIDR notation, that a new CA permits; the names above if absent. Names that come later
   * and are in them need no new CA.
   */
  readonly permits?: readonly string[]
}

/**
 * Returns the names that a server wants: those of loopback, its listening address unless that means all addresses, the names
 * in the settings, and the host name of the machine, whole and without its domain.
 */
export function wantedNames(listeningHost: string, asked: readonly string[], hostName: string): WantedNames {
  const host = canonicalHost(listeningHost)
  const isOne = host !== undefined && (!isAddress(host) || addressBytes(host).some(byte => byte !== 0))
  const required = [...new Set([...localNames, ...(isOne ? [host] : []), ...asked])]
  const machine = canonicalHost(hostName)
  const isName = machine !== undefined && !isAddress(machine)
  const names = isName ? [machine, machine.split('.')[0] ?? machine] : []
  const optional = new Set(names).difference(new Set(required))
  // A top-level domain with a wanted name below it could not be narrowed down to itself.
  const isNarrow = (name: string) =>
    !couldBeTopLevel(name) || required.every(other => !other.endsWith(`.${name}`))
  return { required, optional: [...optional].filter(isNarrow) }
}

/** Whether a name could be a top-level domain: they have letters alone, or begin with `xn--`. */
export function couldBeTopLevel(name: string): boolean {
  return /^([a-z]+|xn--[a-z0-9-]+)$/.test(name)
}
