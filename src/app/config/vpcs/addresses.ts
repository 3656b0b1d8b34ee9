import { isIPv4 } from 'node:net'
import { AddressRanges, type Located } from '../../../std/index.ts'
import { addressBytes, canonicalHost } from '../../../tls/index.ts'

/** Wildcards, link-local addresses, which need the name of an interface, multicast, and reserved ones (RFC 6890, RFC 4291). */
const notListenable = AddressRanges.of(
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::',
  'fe80::/10',
  'ff00::/8',
)

/** The shortest prefix of a network. The certificate authority may speak for all of it. */
const prefixMin = { 4: 8, 6: 32 } as const

/** A version of IP. */
export type IpVersion = 4 | 6

/** The version of an address, or of a range, in its shortest form. */
export const versionOf = (text: string): IpVersion => (text.includes(':') ? 6 : 4)

/** Reads an address that a listener can have; returns it in its shortest form. Throws OperatorError. */
export function readAddress(at: Located): string {
  const address = parseAddress(at.text())
  if (address === undefined) throw at.error(`is ${at.text()}; it must be an address such as 10.20.1.5`)
  if (isMapped(address) || notListenable.has(address))
    throw at.error(`is ${address}, which cannot be an address to listen on`)
  return address
}

/** Reads the range of a network; returns it with the address in its shortest form. Throws OperatorError. */
export function readNetwork(at: Located, version: IpVersion): string {
  const range = parseRange(at.text())
  if (range === undefined || versionOf(range) !== version)
    throw wrongRange(at, `IPv${version}`, examples[version])
  const min = prefixMin[version]
  if (Number(range.split('/')[1]) < min) throw at.error(`is ${range}, which is more than a /${min}`)
  return range
}

/** Whether an IPv4 range is in a different one. */
export const isInside = (inner: string, outer: string): boolean =>
  AddressRanges.of(outer).has(inner.split('/')[0] ?? '') && lengthOf(inner) >= lengthOf(outer)

const lengthOf = (range: string) => Number(range.split('/')[1])

/** The first and the last address of an IPv4 range are its own and its broadcast address (RFC 919); a /31 and a /32 have neither (RFC 3021). */
export function isEndOfRange(address: string, range: string): boolean {
  const length = lengthOf(range)
  if (length > 30) return false
  const hostMask = 2 ** (32 - length) - 1
  const host = addressBytes(address).readUInt32BE() % (hostMask + 1)
  return host === 0 || host === hostMask
}

/** Reads a range of clients, such as `0.0.0.0/0`; returns it with the address in its shortest form. Throws OperatorError. */
export function readSource(at: Located): string {
  const range = parseRange(at.text())
  if (range === undefined) throw wrongRange(at, 'IP', '10.0.0.0/16, 10.0.0.1/32 or fd00::/56')
  return range
}

const examples = { 4: '10.0.0.0/16', 6: 'fd00:20::/56' } as const

const wrongRange = (at: Located, kind: string, example: string) =>
  at.error(`is ${at.text()}; it must be an ${kind} range such as ${example}, with zeros behind its prefix`)

function parseAddress(text: string): string | undefined {
  const address = canonicalHost(text)
  return address !== undefined && (isIPv4(address) || address.includes(':')) ? address : undefined
}

function parseRange(text: string): string | undefined {
  const [, base = '', prefix = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const address = parseAddress(base)
  if (address === undefined || isMapped(address)) return undefined
  const bytes = addressBytes(address)
  const length = Number(prefix)
  return length <= 8 * bytes.length && bytes.every((byte, index) => hasOnlyPrefix(byte, length - 8 * index))
    ? `${address}/${length}`
    : undefined
}

/** Whether a byte has no bit behind the first `bits`, which may be negative or more than 8. */
const hasOnlyPrefix = (byte: number, bits: number) => bits >= 8 || (byte & (0xff >> Math.max(bits, 0))) === 0

/** Whether an address in its shortest form is an IPv4 address inside IPv6 (RFC 4291, 2.5.5.2): clients have the IPv4 address. */
const isMapped = (address: string) => /^::ffff:[\da-f]+:[\da-f]+$/.test(address)
