import { type KeyObject, sign } from 'node:crypto'
import { der, type Millis, randomBytes, sha256 } from '../std/index.ts'
import { addressBytes, isAddress } from './host-names.ts'
import { constraintsOf } from './name-constraints.ts'

/** The content of a certificate (RFC 5280). All have keys on P-256. */
export interface CertificateContent {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  /** The key that signs it. */
  readonly issuerKey: KeyObject
  readonly issuerPublicKey: KeyObject
  readonly notBefore: Millis
  readonly notAfter: Millis
  /** For a CA: how many CAs may stand below it, and the names that it may certify. */
  readonly authority?: { readonly pathLength: number; readonly permits: readonly string[] }
  /** For a server: its names and addresses. */
  readonly names?: readonly string[]
}

const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
}

/** The tags of X.509 that are numbers of their own. */
const tag = { utf8: 0x0c, utcTime: 0x17, generalizedTime: 0x18, version: 0xa0, extensions: 0xa3, keyId: 0x80 }

/** Makes a certificate and returns it as PEM. */
export function makeCertificate(content: CertificateContent): string {
  const algorithm = der.sequence(der.oid(oid.ecdsaWithSha256))
  const body = der.sequence(
    der.tagged(tag.version, der.integer(2)),
    der.unsigned(serialNumber()),
    algorithm,
    nameOf(content.issuer),
    der.sequence(timeOf(content.notBefore), timeOf(content.notAfter)),
    nameOf(content.subject),
    spki(content.publicKey),
    der.tagged(tag.extensions, der.sequence(...extensionsOf(content))),
  )
  const certificate = der.sequence(body, algorithm, der.bits(sign('sha256', body, content.issuerKey)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function extensionsOf({ publicKey, issuerPublicKey, authority, names = [] }: CertificateContent): Buffer[] {
  const extension = (id: string, value: Buffer, isCritical = false) =>
    der.sequence(der.oid(id), ...(isCritical ? [der.tagged(0x01, Buffer.of(0xff))] : []), der.octets(value))
  const common = [
    // A CA certificate with this usage issues certificates of servers alone, not those of clients or of code.
    extension(oid.extendedKeyUsage, der.sequence(der.oid(oid.serverAuth))),
    extension(oid.subjectKeyIdentifier, der.octets(keyId(publicKey))),
    extension(oid.authorityKeyIdentifier, der.sequence(der.tagged(tag.keyId, keyId(issuerPublicKey)))),
  ]
  if (authority === undefined)
    return [
      ...common,
      extension(oid.basicConstraints, der.sequence(), true),
      extension(oid.keyUsage, usageBits(digitalSignature), true),
      extension(oid.subjectAltName, der.sequence(...names.map(generalName))),
    ]
  const isAuthority = der.tagged(0x01, Buffer.of(0xff))
  return [
    ...common,
    extension(oid.basicConstraints, der.sequence(isAuthority, der.integer(authority.pathLength)), true),
    extension(oid.keyUsage, usageBits(keyCertSign), true),
    extension(oid.nameConstraints, constraintsOf(authority.permits), true),
  ]
}

/** The bits of KeyUsage (RFC 5280 section 4.2.1.3), counted from the left. */
const digitalSignature = 0
const keyCertSign = 5

/** A BIT STRING of named bits ends with the last bit that is set (X.690 section 11.2.2). */
const usageBits = (bit: number) => der.tagged(0x03, Buffer.of(7 - bit, 0x80 >> bit))

/** A GeneralName: dNSName [2] or iPAddress [7] (RFC 5280 section 4.2.1.6). */
function generalName(name: string): Buffer {
  return isAddress(name) ? der.tagged(0x87, addressBytes(name)) : der.tagged(0x82, Buffer.from(name))
}

/** A positive number of 127 random bits, of which the first is set, so that it has always 16 bytes. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

function nameOf(commonName: string): Buffer {
  const attribute = (id: string, text: string) =>
    der.set(der.sequence(der.oid(id), der.tagged(tag.utf8, Buffer.from(text))))
  return der.sequence(attribute(oid.organization, 'Keyward'), attribute(oid.commonName, commonName))
}

/** RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
function timeOf(time: Millis): Buffer {
  const digits = new Date(time).toISOString().replaceAll(/[-:T]|\.\d{3}/g, '')
  return digits < '2050'
    ? der.tagged(tag.utcTime, Buffer.from(digits.slice(2)))
    : der.tagged(tag.generalizedTime, Buffer.from(digits))
}

const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' })

/** RFC 7093 section 2, method 1: 160 bits of the SHA-256 of the public key, which is a point of 65 bytes. */
const keyId = (key: KeyObject) => sha256(spki(key).subarray(-65)).subarray(0, 20)
