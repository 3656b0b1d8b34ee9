import type { TokenKeyName, TransportKey } from '../../clusters/token-gateway.ts'
import { attribute, mechanism, privateKeyClass, publicKeyClass, rsaKeyType } from '../constants.ts'
import type { Mechanism } from '../cryptoki.ts'
import { TokenProblem } from '../problem.ts'
import { bool, oaepParameters, textValue, word } from '../structures.ts'
import {
  aesKeyAttributes,
  transportAttributes,
  transportLabel,
  unwrapTemplate,
  wrappingKeyAttributes,
} from './key-attributes.ts'
import type { TokenWork } from './open-token.ts'
import { findKey, fingerprintOf, keepOnlyIf, readKey, requireFlags, requireToken } from './stored-keys.ts'

/** RSA-OAEP with SHA-1. SoftHSM2 has no other, and the hash need not resist collisions here. */
export const oaep: Mechanism = { type: mechanism.rsaOaep, parameter: () => oaepParameters() }

const modulusBytesMin = 384

/** Returns the transport key of the token, after a check of its attributes; undefined if there is none. Throws TokenProblem. */
export function findTransport(work: TokenWork): (TransportKey & { readonly object: bigint }) | undefined {
  const [object, more] = work.cryptoki.find(work.session, [
    [attribute.class, word(privateKeyClass)],
    [attribute.token, bool(true)],
    [attribute.label, textValue(transportLabel)],
  ])
  if (more !== undefined) throw new TokenProblem('SeveralKeys', `it has several keys ${transportLabel}`)
  if (object === undefined) {
    requireToken(work)
    return undefined
  }
  return { object, ...checkedTransport(work, object) }
}

/** A thief of the user PIN may replace the key, but makes none with these attributes whose private half is known outside. */
function checkedTransport(work: TokenWork, object: bigint): TransportKey {
  const { flags, modulus, exponent, fingerprint } = readKey(work, object)
  if (modulus === undefined || exponent === undefined || fingerprint === undefined)
    throw new TokenProblem('UnfitKey', 'the transport key is not an RSA key')
  if (modulus.length < modulusBytesMin)
    throw new TokenProblem('UnfitKey', 'the transport key has less than 3072 bits')
  requireFlags(flags, {
    ...{ local: true, private: true, sensitive: true, alwaysSensitive: true },
    ...{ extractable: false, neverExtractable: true, modifiable: false },
    ...{ unwrap: true, decrypt: false, sign: false, signRecover: false, derive: false },
  })
  if (flags.copyable === true)
    throw new TokenProblem('UnfitKey', 'copyable of the transport key is not false')
  if (!hasTemplate(work, object))
    throw new TokenProblem('UnfitKey', 'the transport key unwraps keys that may leave the token')
  return { modulus, exponent, fingerprint }
}

function hasTemplate({ cryptoki, session }: TokenWork, object: bigint): boolean {
  const found = cryptoki.nestedValues(session, object, attribute.unwrapTemplate)
  return (
    found?.size === unwrapTemplate.length &&
    unwrapTemplate.every(([type, value]) => found.get(type)?.equals(value) === true)
  )
}

/** Makes the transport key of the token. */
export function makeTransport(work: TokenWork): TransportKey {
  const { cryptoki, session } = work
  const pair = cryptoki.generateKeyPair(session, mechanism.rsaPairGeneration, transportAttributes(true))
  cryptoki.destroyObject(session, pair.public)
  keepOnlyIf(work, pair.private, () => findTransport(work))
  return checkedTransport(work, pair.private)
}

/** Makes the transport key of another token a trusted wrapping key. The security officer alone can do that. */
export function trust(
  { cryptoki, session }: TokenWork,
  key: { modulus: Buffer; exponent: Buffer },
  label: string,
): void {
  const named = { ...key, fingerprint: fingerprintOf(key.modulus, key.exponent) }
  cryptoki.createObject(session, wrappingKeyAttributes(named, label, { isLasting: true, isTrusted: true }))
}

/** Returns a shared key wrapped under a trusted key. Throws TokenProblem. */
export function wrapKey(work: TokenWork, name: TokenKeyName, trustedFingerprint: string): Buffer {
  const key = findKey(work, name)
  return work.cryptoki.wrapKey(work.session, oaep, findTrusted(work, trustedFingerprint), key)
}

function findTrusted(work: TokenWork, fingerprint: string): bigint {
  const found = work.cryptoki.find(work.session, [
    [attribute.class, word(publicKeyClass)],
    [attribute.keyType, word(rsaKeyType)],
    [attribute.token, bool(true)],
  ])
  const key = found.find(object => {
    const read = readKey(work, object)
    return read.fingerprint === fingerprint && read.flags.trusted === true
  })
  if (key === undefined) {
    requireToken(work)
    throw new TokenProblem('NotTrusted', 'it does not trust the transport key of the other token')
  }
  return key
}

/** Makes a shared key of a wrapped one. Throws TokenProblem. */
export function unwrapKey(work: TokenWork, name: TokenKeyName, wrapped: Buffer): void {
  const { cryptoki, session } = work
  const transport = findTransport(work)
  if (transport === undefined) throw new TokenProblem('NoKey', 'it has no transport key')
  const attributes = aesKeyAttributes(name, { isLasting: true, isShared: true })
  const key = cryptoki.unwrapKey(session, oaep, transport.object, wrapped, attributes)
  keepOnlyIf(work, key, () => findKey(work, name))
}
