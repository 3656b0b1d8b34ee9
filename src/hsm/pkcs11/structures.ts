import { newSecret } from '../../std/index.ts'

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

/** An attribute, and the bytes of its value, or as many bytes as the value must have. */
export type Attribute = readonly [type: number, value: Buffer]

/** Returns an array of CK_ATTRIBUTE. */
export function template(attributes: readonly Attribute[], addressOf: AddressOf): Buffer {
  const buffer = newSecret(attributes.length * 3 * wordBytes)
  for (const [index, [type, value]] of attributes.entries()) {
    const at = index * 3 * wordBytes
    buffer.writeBigUInt64LE(BigInt(type), at)
    buffer.writeBigUInt64LE(value.length === 0 ? 0n : addressOf(value), at + wordBytes)
    buffer.writeBigUInt64LE(BigInt(value.length), at + 2 * wordBytes)
  }
  return buffer
}

/** Whether the library filled the whole value of an attribute. */
export function isFilled(filled: Buffer, index: number, value: Buffer): boolean {
  const length = filled.readBigUInt64LE(index * 3 * wordBytes + 2 * wordBytes)
  return length !== unavailable && length === BigInt(value.length)
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

/** Returns a CK_GCM_PARAMS with the member ulIvBits, which the text of version 2.40 lacks and its header file has. */
export function gcmParameters(iv: Buffer, data: Buffer, tagBits: number, addressOf: AddressOf): Buffer {
  const buffer = newSecret(6 * wordBytes)
  buffer.writeBigUInt64LE(addressOf(iv))
  buffer.writeBigUInt64LE(BigInt(iv.length), wordBytes)
  buffer.writeBigUInt64LE(BigInt(iv.length * 8), 2 * wordBytes)
  buffer.writeBigUInt64LE(data.length === 0 ? 0n : addressOf(data), 3 * wordBytes)
  buffer.writeBigUInt64LE(BigInt(data.length), 4 * wordBytes)
  buffer.writeBigUInt64LE(BigInt(tagBits), 5 * wordBytes)
  return buffer
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
  }
}

/** Reads the flags and the description of a CK_SLOT_INFO. */
export function readSlotInfo(info: Buffer): { readonly description: string } {
  return { description: info.toString('utf8', 0, 64).replace(/\0.*$/s, '').trimEnd() }
}
