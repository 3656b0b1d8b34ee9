import { decode, Tokenizer, Type } from 'cborg'
import { AttestationProblem, attempt } from './attestation-problem.ts'

// The largest document seen has about a hundred items. Nesting costs at least one item a level, so this
// bounds the decoder's recursion too: 256 KiB of array heads would otherwise overflow the stack.
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
    // As a JavaScript number, 1.0 could not be told from the integer that the formats ask for.
    if (Type.equals(token.type, Type.float)) throw new AttestationProblem('CBOR with a float')
    const isArray = Type.equals(token.type, Type.array)
    if (isArray && token.value === Infinity) throw new AttestationProblem('CBOR with an endless array')
    return token
  }
}

/**
 * Exactly one CBOR item (RFC 8949) in its shortest encoding: maps as Map, byte strings as Uint8Array, no
 * tags, floats, duplicate keys or trailing bytes. With `indefiniteMaps`, maps may be of indefinite length,
 * and a value that is missing in one reads as a symbol. Throws AttestationProblem.
 */
export function decodeCbor(bytes: Uint8Array, { indefiniteMaps = false } = {}): unknown {
  const options = { ...strict, allowIndefinite: indefiniteMaps }
  const tokenizer = new LimitedTokenizer(bytes, options)
  return attempt('not CBOR', () => decode(bytes, { ...options, tokenizer }))
}
