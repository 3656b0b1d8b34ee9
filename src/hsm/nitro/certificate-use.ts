import { demand } from './attestation-problem.ts'

/** What a certificate's extensions let its key do, which node:crypto tells only in part. */
export interface CertificateUse {
  readonly isAuthority: boolean
  /** How many authorities may follow in the chain; undefined for any number. */
  readonly pathLength: number | undefined
  /** Key usage bit 0. */
  readonly signsData: boolean
  /** Key usage bit 5. */
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

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  sequence: 0x30,
  extensions: 0xa3,
}

/** The content octets of the object identifiers, in hex. */
const basicConstraints = '551d13'
const keyUsage = '551d0f'

/**
 * The extensions of an X.509 certificate (RFC 5280 section 4.2) in DER. Throws AttestationProblem for one
 * that cannot be read, and for a critical extension that is not one of the two that are obeyed here.
 */
export function readCertificateUse(certificate: Uint8Array): CertificateUse {
  const [whole, ...rest] = readElements(certificate)
  demand(rest.length === 0, 'bytes behind a certificate')
  const [body] = readElements(contentOf(whole, tags.sequence))
  const extensions = readExtensions(contentOf(body, tags.sequence))
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
  if (wrapper?.tag !== tags.extensions) return extensions
  const [list] = readElements(wrapper.content)
  for (const element of readElements(contentOf(list, tags.sequence))) {
    const [id, ...parts] = readElements(contentOf(element, tags.sequence))
    const critical = parts[0]?.tag === tags.boolean && isTrue(parts[0])
    const oid = Buffer.from(contentOf(id, tags.oid)).toString('hex')
    demand(!extensions.has(oid), 'an extension comes twice')
    extensions.set(oid, { critical, value: contentOf(parts.at(-1), tags.octets) })
  }
  return extensions
}

function readBasicConstraints(extension: Extension | undefined) {
  if (extension === undefined) return { isAuthority: false, pathLength: undefined }
  const [list] = readElements(extension.value)
  const parts = readElements(contentOf(list, tags.sequence))
  const isAuthority = parts[0]?.tag === tags.boolean && isTrue(parts[0])
  const last = parts.at(-1)
  if (last === undefined || last.tag === tags.boolean) return { isAuthority, pathLength: undefined }
  const length = contentOf(last, tags.integer)
  demand(length.length === 1 && length[0] !== undefined && length[0] < 0x80, 'an odd path length')
  return { isAuthority, pathLength: length[0] }
}

function readKeyUsage(extension: Extension | undefined) {
  if (extension === undefined) return { signsData: false, signsCertificates: false }
  const [element] = readElements(extension.value)
  // The first octet counts the unused bits at the end, the second holds bits 0 to 7, the first one highest.
  const bits = contentOf(element, tags.bits)[1] ?? 0
  return { signsData: (bits & 0x80) !== 0, signsCertificates: (bits & 0x04) !== 0 }
}

const isTrue = ({ content }: DerElement) => content.length === 1 && content[0] !== 0

function contentOf(element: DerElement | undefined, tag: number): Uint8Array {
  demand(element?.tag === tag, 'a certificate is built in another way')
  return element.content
}

/** The elements that make up `bytes`: tags of one octet, definite lengths. */
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
