import { decode, Tokenizer, Type } from 'cborg'
import { AttestationProblem, attempt } from './attestation-problem.ts'

// The largest known document has about a hundred items. Nesting costs at least one item a level, so this also
// limits the decoder's recursion: 256 KiB of array heads would otherwise overflow the stack.
const itemsMax = 512

const strict = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
} as const

class LimitedTokenizer extends Tokenizer {
  #left = itemsMax

  override next() {
    if (this.#left-- === 0) throw new AttestationProblem(`CBOR of more than ${itemsMax} items`)
    const token = super.next()
    // A JavaScript number does not distinguish 1.0 from the integer that the formats demand.
    if (Type.equals(token.type, Type.float)) throw new AttestationProblem('CBOR with a float')
    const isArray = Type.equals(token.type, Type.array)
    if (isArray && token.value === Infinity) throw new AttestationProblem('CBOR with an endless array')
    return token
  }
}

/**
 * Decodes exactly one CBOR item (RFC 8949) in its shortest encoding: maps as Map, byte strings as Uint8Array, no
 * tags, floats, duplicate keys or trailing bytes. With `indefiniteMaps`, maps may be of indefinite length,
 * and a missing value in one of them reads as a symbol. Throws AttestationProblem.
 */
export function decodeCbor(bytes: Uint8Array, { indefiniteMaps = false } = {}): unknown {
  const options = { ...strict, allowIndefinite: indefiniteMaps }
  const tokenizer = new LimitedTokenizer(bytes, options)
  return attempt('not CBOR', () => decode(bytes, { ...options, tokenizer }))
}
