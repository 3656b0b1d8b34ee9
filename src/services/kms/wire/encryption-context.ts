import { Buffer } from 'node:buffer'
import type { EncryptionContext } from '../../../domain/index.ts'
import { type Shape, violation } from '../../../std/index.ts'

/**
 * The limit on the bytes of an encryption context, counted as the AWS Encryption SDK writes it into its messages (AWS Encryption
 * SDK developer guide, "Message format reference", AAD): two bytes for the count of pairs, and two before each key and each
 * value. The SDK cannot make a larger one. AWS KMS states no limit of its own.
 */
const bytesMax = 65_535

/** Refuses encryption contexts that are larger than any client makes, because policies can make each character costly. */
export function limitContext(shape: Shape<EncryptionContext>): Shape<EncryptionContext> {
  return {
    ...shape,
    decode(value, path, problems) {
      const context = shape.decode(value, path, problems)
      let bytes = 2
      for (const [key, text] of context) bytes += 4 + Buffer.byteLength(key) + Buffer.byteLength(text)
      if (bytes > bytesMax)
        problems.push(violation(path, undefined, `have length less than or equal to ${bytesMax}`))
      return context
    },
  }
}
