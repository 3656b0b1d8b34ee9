import { copySecret, newSecret } from '../../std/index.ts'

// The structures of PKCS#11 as the C compiler lays them out on 64-bit Linux and macOS: a CK_ULONG and a pointer have 8 bytes,
// and all numbers are little-endian. They are laid out here by hand, so that no value that has a key or a PIN is converted on the way to the library.

const wordBytes = 8
/** CK_UNAVAILABLE_INFORMATION. */
const unavailable = 0xffff_ffff_ffff_ffffn

/** Returns the address of a buffer, which must outlive the call. */
export type AddressOf = (buffer: Buffer) => bigint

/** Returns a CK_ULONG. */
export function word(value: bigint | number = 0n): Buffer {
  const buffer = newSecret(wordBytes)
  buffer.writeBigUInt64LE(BigInt(value))
  return buffer
}

/** Returns a CK_BBOOL. */
export function bool(value: boolean): Buffer {
  return Buffer.from(new Uint8Array([value ? 1 : 0]).buffer)
}

/** Returns a text in memory of its own: a small Buffer is a view of a pool. */
export function textValue(text: string): Buffer {
  return bytesValue(Buffer.from(text))
}

/** Returns bytes in memory of their own. */
export const bytesValue: (bytes: Uint8Array) => Buffer = copySecret

/** An attribute, and the bytes of its value, or as many bytes as the value may have, or the attributes in it. */
export type Attribute = readonly [type: number, value: Buffer | readonly Attribute[]]

const attributeBytes = 3 * wordBytes

/** Returns an array of CK_ATTRIBUTE. */
export function template(attributes: readonly Attribute[], addressOf: AddressOf): Buffer {
  const buffer = newSecret(attributes.length * attributeBytes)
  for (const [index, [type, given]] of attributes.entries()) {
    const value = Buffer.isBuffer(given) ? given : template(given, addressOf)
    const at = index * attributeBytes
    buffer.writeBigUInt64LE(BigInt(type), at)
    buffer.writeBigUInt64LE(value.length === 0 ? 0n : addressOf(value), at + wordBytes)
    buffer.writeBigUInt64LE(BigInt(value.length), at + 2 * wordBytes)
  }
  return buffer
}

/** Returns the size of a value that the library filled in; undefined if it did not. */
export function filledSize(filled: Buffer, index: number, sizeMax: number): number | undefined {
  const length = filled.readBigUInt64LE(index * attributeBytes + 2 * wordBytes)
  return length === unavailable || length > BigInt(sizeMax) ? undefined : Number(length)
}

/** The most attributes of a template that is read, and the largest of their values. */
const [nestedMax, nestedBytesMax] = [16, 64]

/** Returns room for the types and sizes of the attributes in an attribute. */
export const nestedRoom = (): Buffer => newSecret(nestedMax * attributeBytes)

/** Returns room for the values of attributes whose types and sizes the library gave; undefined if they are too large. */
export function nestedAttributes(given: Buffer): [type: number, value: Buffer][] | undefined {
  const sizes = Array.from({ length: given.length / attributeBytes }, (_, index) => [
    Number(given.readBigUInt64LE(index * attributeBytes)),
    filledSize(given, index, nestedBytesMax),
  ])
  return sizes.some(([, size]) => size === undefined)
    ? undefined
    : sizes.map(([type = 0, size]) => [type, newSecret(size ?? 0)])
}

/** Returns a CK_MECHANISM. */
export function mechanismOf(type: bigint, parameter: Buffer | undefined, addressOf: AddressOf): Buffer {
  const buffer = newSecret(3 * wordBytes)
  buffer.writeBigUInt64LE(type)
  if (parameter === undefined) return buffer
  buffer.writeBigUInt64LE(addressOf(parameter), wordBytes)
  buffer.writeBigUInt64LE(BigInt(parameter.length), 2 * wordBytes)
  return buffer
}

/**
 * Returns a CK_GCM_PARAMS with the member ulIvBits, which the text of version 2.40 lacks and its header file has. It has no lengths yet, nor
 * associated data.
 */
export function gcmParameters(iv: Buffer, tagBits: number, addressOf: AddressOf): Buffer {
  const buffer = newSecret(6 * wordBytes)
  buffer.writeBigUInt64LE(addressOf(iv))
  buffer.writeBigUInt64LE(BigInt(tagBits), 5 * wordBytes)
  return buffer
}

/** Returns a CK_RSA_PKCS_OAEP_PARAMS for SHA-1 (CKM_SHA_1, CKG_MGF1_SHA1) without a label. SoftHSM2 knows no other. */
export function oaepParameters(): Buffer {
  const dataSpecified = 1n
  return Buffer.concat([word(0x220n), word(1n), word(dataSpecified), word(), word()])
}

/** Returns a CK_KEY_DERIVATION_STRING_DATA. */
export function derivationData(data: Buffer, addressOf: AddressOf): Buffer {
  return Buffer.concat([word(addressOf(data)), word(data.length)])
}

/** Returns a CK_C_INITIALIZE_ARGS that allows the library to use the locks of the operating system. */
export function initializeArguments(flags: bigint): Buffer {
  const buffer = newSecret(6 * wordBytes)
  buffer.writeBigUInt64LE(flags, 4 * wordBytes)
  return buffer
}

/** The sizes of CK_SLOT_INFO and CK_TOKEN_INFO. */
export const slotInfoBytes = 64 + 32 + wordBytes + 4 + 4
export const tokenInfoBytes = 32 + 32 + 16 + 16 + wordBytes + 10 * wordBytes + 4 + 16 + 4

/** The facts of a token. Texts are without the blanks that fill them. */
export interface TokenFacts {
  readonly label: string
  readonly manufacturer: string
  readonly model: string
  readonly serial: string
  readonly flags: bigint
  /** Major and minor. */
  readonly firmware: string
}

/** Reads a CK_TOKEN_INFO. */
export function readTokenInfo(info: Buffer): TokenFacts {
  const text = (start: number, length: number) =>
    info
      .toString('utf8', start, start + length)
      .replace(/\0.*$/s, '')
      .trimEnd()
  return {
    label: text(0, 32),
    manufacturer: text(32, 32),
    model: text(64, 16),
    serial: text(80, 16),
    flags: info.readBigUInt64LE(96),
    firmware: `${info.readUInt8(186)}.${info.readUInt8(187)}`,
  }
}

/** Reads the flags and the description of a CK_SLOT_INFO. */
export function readSlotInfo(info: Buffer): { readonly description: string } {
  return { description: info.toString('utf8', 0, 64).replace(/\0.*$/s, '').trimEnd() }
}
