import { derTag } from '../../std/index.ts'
import { demand } from './attestation-problem.ts'

/** The uses that a certificate's extensions allow for its key. node:crypto reports only some of them. */
export interface CertificateUse {
  readonly isAuthority: boolean
  /** How many authorities may follow in the chain; undefined for any number. */
  readonly pathLength: number | undefined
  /** Key usage bit 0, digitalSignature. */
  readonly signsData: boolean
  /** Key usage bit 5, keyCertSign. */
  readonly signsCertificates: boolean
}

interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
}

interface Extension {
  readonly critical: boolean
  readonly value: Uint8Array
}

/** [3] of TBSCertificate (RFC 5280, 4.1). */
const extensionsTag = 0xa3

/** The content octets of the object identifiers, in hex. */
const basicConstraints = '551d13'
const keyUsage = '551d0f'

/**
 * Reads the extensions of an X.509 certificate (RFC 5280 section 4.2) in DER. Throws AttestationProblem for a
 * certificate that cannot be read, and for a critical extension other than the two that Keyward obeys.
 */
export function readCertificateUse(certificate: Uint8Array): CertificateUse {
  const [whole, ...rest] = readElements(certificate)
  demand(rest.length === 0, 'bytes behind a certificate')
  const [body] = readElements(contentOf(whole, derTag.sequence))
  const extensions = readExtensions(contentOf(body, derTag.sequence))
  for (const [oid, { critical }] of extensions) {
    demand(!critical || oid === basicConstraints || oid === keyUsage, `unknown critical extension ${oid}`)
  }
  return {
    ...readBasicConstraints(extensions.get(basicConstraints)),
    ...readKeyUsage(extensions.get(keyUsage)),
  }
}

function readExtensions(body: Uint8Array): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>()
  const wrapper = readElements(body).at(-1)
  if (wrapper?.tag !== extensionsTag) return extensions
  const [list] = readElements(wrapper.content)
  for (const element of readElements(contentOf(list, derTag.sequence))) {
    const [id, ...parts] = readElements(contentOf(element, derTag.sequence))
    const critical = parts[0]?.tag === derTag.boolean && isTrue(parts[0])
    const oid = Buffer.from(contentOf(id, derTag.objectIdentifier)).toString('hex')
    demand(!extensions.has(oid), 'an extension comes twice')
    extensions.set(oid, { critical, value: contentOf(parts.at(-1), derTag.octetString) })
  }
  return extensions
}

function readBasicConstraints(extension: Extension | undefined) {
  if (extension === undefined) return { isAuthority: false, pathLength: undefined }
  const [list] = readElements(extension.value)
  const parts = readElements(contentOf(list, derTag.sequence))
  const isAuthority = parts[0]?.tag === derTag.boolean && isTrue(parts[0])
  const last = parts.at(-1)
  if (last === undefined || last.tag === derTag.boolean) return { isAuthority, pathLength: undefined }
  const length = contentOf(last, derTag.integer)
  demand(length.length === 1 && length[0] !== undefined && length[0] < 0x80, 'an odd path length')
  return { isAuthority, pathLength: length[0] }
}

function readKeyUsage(extension: Extension | undefined) {
  if (extension === undefined) return { signsData: false, signsCertificates: false }
  const [element] = readElements(extension.value)
  // The first octet counts the unused bits at the end, the second holds bits 0 to 7, with bit 0 as the highest.
  const bits = contentOf(element, derTag.bitString)[1] ?? 0
  return { signsData: (bits & 0x80) !== 0, signsCertificates: (bits & 0x04) !== 0 }
}

const isTrue = ({ content }: DerElement) => content.length === 1 && content[0] !== 0

function contentOf(element: DerElement | undefined, tag: number): Uint8Array {
  demand(element?.tag === tag, 'a certificate is built in a different way')
  return element.content
}

/**
 * Splits `bytes` into elements: tags of one octet, definite lengths. It accepts a length that is not the shortest, as
 * OpenSSL does in a certificate; `readDer` does not.
 */
function readElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const tag = bytes[offset++] ?? 0
    let length = bytes[offset++] ?? 0x80
    if (length >= 0x80) {
      const size = length - 0x80
      // A certificate here has 1024 bytes at most.
      demand(size >= 1 && size <= 2 && offset + size <= bytes.length, 'a certificate has an odd length')
      length = Buffer.from(bytes.buffer, bytes.byteOffset + offset, size).readUIntBE(0, size)
      offset += size
    }
    demand((tag & 0x1f) !== 0x1f && offset + length <= bytes.length, 'a certificate is cut off')
    elements.push({ tag, content: bytes.subarray(offset, offset + length) })
    offset += length
  }
  return elements
}
