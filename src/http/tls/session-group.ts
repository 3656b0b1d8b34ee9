import { DerProblem, derTag, readDer, readDerUnsigned, readOnlyDer } from '../../std/index.ts'

/** `[19] EXPLICIT`: the member kex_group of SSL_SESSION_ASN1 in OpenSSL's ssl/ssl_asn1.c. */
const groupTag = 0xb3

/**
 * Returns the number of the group that an encoded session was negotiated with; undefined if the encoding does not say it. Node's
 * server has no function for the group, but OpenSSL keeps it in the session.
 */
export function groupOfSession(session: Buffer): number | undefined {
  try {
    let members = readOnlyDer(session, derTag.sequence)
    while (members.length > 0) {
      const [tag = 0] = members
      // In a tag of more than one byte, the last five bits of the first are ones. A session has none.
      if ((tag & 0x1f) === 0x1f) return undefined
      const { value, rest } = readDer(members, tag)
      if (tag === groupTag) return readGroup(value)
      members = rest
    }
    return undefined
  } catch (error) {
    if (error instanceof DerProblem) return undefined
    throw error
  }
}

/** Groups have numbers of two bytes (RFC 8446, 4.2.7). */
function readGroup(integer: Buffer): number | undefined {
  const { value, rest } = readDerUnsigned(integer)
  return rest.length === 0 && value.length > 0 && value.length <= 2
    ? value.readUIntBE(0, value.length)
    : undefined
}
