/** A value of DER with its tag (ITU-T X.690). */
interface Element {
  readonly tag: number
  readonly value: Buffer
  /** The bytes after it. */
  readonly rest: Buffer
}

const sequenceTag = 0x30
const integerTag = 0x02
/** `[19] EXPLICIT`: the member kex_group of SSL_SESSION_ASN1 in OpenSSL's ssl/ssl_asn1.c. */
const groupTag = 0xb3

/**
 * Returns the number of the group that an encoded session was negotiated with; undefined if the encoding does not say it. Node's
 * server has no function for the group, but OpenSSL keeps it in the session.
 */
export function groupOfSession(session: Buffer): number | undefined {
  const whole = readElement(session)
  if (whole?.tag !== sequenceTag || whole.rest.length > 0) return undefined
  let rest = whole.value
  while (rest.length > 0) {
    const member = readElement(rest)
    if (member === undefined) return undefined
    if (member.tag === groupTag) return readInteger(member.value)
    rest = member.rest
  }
  return undefined
}

/** Reads the first element. Returns undefined for what is not DER, and for forms that a session does not have. */
function readElement(bytes: Buffer): Element | undefined {
  const [tag, first] = bytes
  // In a tag of more than one byte, the last five bits of the first are ones.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = 2 + lengthBytes
  if (first === 0x80 || lengthBytes > 4 || bytes.length < start) return undefined
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes)
  const end = start + length
  if (bytes.length < end) return undefined
  return { tag, value: bytes.subarray(start, end), rest: bytes.subarray(end) }
}

/** Reads an element that is one positive number of at most four bytes. */
function readInteger(bytes: Buffer): number | undefined {
  const integer = readElement(bytes)
  if (integer?.tag !== integerTag || integer.rest.length > 0) return undefined
  const { value } = integer
  return value.length >= 1 && value.length <= 4 && value.readInt8() >= 0
    ? value.readUIntBE(0, value.length)
    : undefined
}
