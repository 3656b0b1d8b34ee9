/** Reads a number in big-endian bytes. */
export const numberOfBytes = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex') || '0'}`)

/** Writes a number in so many big-endian bytes. */
export const bytesOfNumber = (number: bigint, sizeBytes: number): Buffer =>
  Buffer.from(number.toString(16).padStart(2 * sizeBytes, '0'), 'hex')
