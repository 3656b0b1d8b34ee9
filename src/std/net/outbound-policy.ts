import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { isIP } from 'node:net'
import { AddressRanges } from './address-ranges.ts'

/** Says that the configuration does not allow a connection of the server. */
export class OutboundRefused extends Error {}

type Resolved = (error: Error | null, addresses: LookupAddress[]) => void

/** The entries of an `OutboundPolicy`. */
export interface OutboundPolicyOptions {
  /** The hosts that the server may connect to: names, and `*.example.com` for all names below `example.com`. */
  readonly hosts: readonly string[]
  /** The addresses that the server may connect to, although they are not public; they need no name. */
  readonly ranges: AddressRanges
  /** Resolves a name; the resolver of the operating system if absent. */
  readonly resolve?: (name: string, options: LookupOptions & { all: true }, done: Resolved) => void
}

/** A function that `connect` of `node:net` and `node:tls` and `request` of `node:https` take as `lookup`. */
export type JudgingLookup = (
  name: string,
  options: LookupOptions,
  done: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
) => void

/** How messages name addresses that are not public. */
const kinds = [
  ['a loopback address', AddressRanges.of('127.0.0.0/8', '::1')],
  ['a link-local address', AddressRanges.of('169.254.0.0/16', 'fe80::/10')],
  ['a private address', AddressRanges.of('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7')],
] as const

/** The global unicast addresses of IPv6; IANA has not given out any others (RFC 4291, 2.4). */
const globalIpv6 = AddressRanges.of('2000::/3')

/**
 * The addresses that are not globally reachable, or that reach a different address (IANA IPv4 and IPv6 Special-Purpose
 * Address Registries; IANA Multicast Address Space Registry).
 */
const special = AddressRanges.of(
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
)

/**
 * Decides which connections the server itself may open: those to a named host, at public addresses and at addresses that
 * an entry names. It judges the address that the connection gets, so that a name which resolves to a different address
 * later (DNS rebinding) leads nowhere else.
 */
export class OutboundPolicy {
  readonly #hosts: ReadonlySet<string>
  readonly #suffixes: readonly string[]
  readonly #ranges: AddressRanges
  readonly #resolve: NonNullable<OutboundPolicyOptions['resolve']>
  /** The callbacks that wait for the resolver, by the question. */
  readonly #waiting = new Map<string, Resolved[]>()

  constructor({ hosts, ranges, resolve = lookup }: OutboundPolicyOptions) {
    const names = hosts.map(normalize)
    this.#hosts = new Set(names)
    this.#suffixes = names.filter(name => name.startsWith('*.')).map(name => name.slice(1))
    this.#ranges = ranges
    this.#resolve = resolve
  }

  /**
   * Returns why no connection to a host is allowed, whatever its name resolves to; undefined if one may be. The host is a
   * name or an address, as `URL.hostname` has it.
   */
  problemOf(host: string): string | undefined {
    const name = normalize(host)
    const isNamed = this.#hosts.has(name) || this.#suffixes.some(suffix => name.endsWith(suffix))
    if (isIP(name) === 0)
      return isNamed
        ? undefined
        : `${name} is not in the setting outbound, which names the hosts to connect to`
    if (this.#ranges.has(name) || (isNamed && isPublic(name))) return undefined
    return needsEntry(name, name)
  }

  /**
   * Returns the lookup for a connection to a host: it returns the allowed addresses alone. Throws OutboundRefused. The
   * host is checked here, because Node looks up nothing when the host is an address.
   */
  lookupFor(host: string): JudgingLookup {
    const problem = this.problemOf(host)
    if (problem !== undefined) throw new OutboundRefused(problem)
    return (name, options, done) => {
      this.#resolveOnce(name, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return done(error, [])
        const [first, ...others] = addresses.filter(
          ({ address }) => isPublic(address) || this.#ranges.has(address),
        )
        if (first === undefined) return done(refusalOf(name, addresses), [])
        if (options.all === true) done(null, [first, ...others])
        else done(null, first.address, first.family)
      })
    }
  }

  /**
   * Resolves a name once for all who ask while it is resolved. The resolver of the operating system answers few at a time, for the whole
   * process: if each call asked again about a name that hangs, those for all other names would wait behind them.
   */
  #resolveOnce(name: string, options: LookupOptions & { all: true }, done: Resolved): void {
    const question = JSON.stringify([name, options.family, options.hints, options.order, options.verbatim])
    const waiting = this.#waiting.get(question)
    if (waiting !== undefined) {
      waiting.push(done)
      return
    }
    const all = [done]
    this.#waiting.set(question, all)
    this.#resolve(name, options, (error, addresses) => {
      this.#waiting.delete(question)
      for (const each of all) each(error, addresses)
    })
  }
}

function refusalOf(name: string, [first]: readonly LookupAddress[]): OutboundRefused {
  if (first === undefined) return new OutboundRefused(`${name} has no address`)
  return new OutboundRefused(needsEntry(`${name} resolves to ${first.address}, which`, first.address))
}

function needsEntry(subject: string, address: string): string {
  const kind = kinds.find(([, ranges]) => ranges.has(address))?.[0]
  const what = kind ?? (isPublic(address) ? 'an address' : 'not a public address')
  return `${subject} is ${what}: a connection to it needs the entry ${address} in the setting outbound`
}

/** An IPv4 address inside IPv6 is not public, although `special` knows it: no resolver has a reason to return one. */
function isPublic(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && !special.has(address) && (version === 4 || globalIpv6.has(address))
}

/** A name in lower case without the dot of the root, and an IPv6 address without brackets. */
function normalize(host: string): string {
  return host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

const label = '[a-z\\d](?:[a-z\\d-]{0,61}[a-z\\d])?'
const pattern = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})*\\.?$`, 'i')

/** Whether a text is a host name (RFC 1123, 2.1), or `*.` and one. A name does not end with a number, because addresses do. */
export function isHostPattern(text: string): boolean {
  return text.length <= 253 && pattern.test(text) && !/(?:^|\.)\d+\.?$/.test(text)
}
