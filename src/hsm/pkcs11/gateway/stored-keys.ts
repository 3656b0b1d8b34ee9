import { createPublicKey } from 'node:crypto'
import { sha256Hex } from '../../../std/index.ts'
import type { TokenKey, TokenKeyFlags, TokenKeyName } from '../../clusters/token-gateway.ts'
import {
  attribute,
  mechanism,
  privateKeyClass,
  publicKeyClass,
  result,
  rsaKeyType,
  secretKeyClass,
} from '../constants.ts'
import { CryptokiError } from '../cryptoki-calls.ts'
import { TokenProblem } from '../problem.ts'
import { type Attribute, bool, word } from '../structures.ts'
import { flagAttributes, nameAttributes, newAesKeyAttributes } from './key-attributes.ts'
import type { TokenWork } from './open-token.ts'

/** The sizes that attributes are read with. */
const sizes = { label: 2048, id: 256, modulus: 2048, exponent: 64, number: 8 } as const

/** A key and its public numbers, if it is RSA. */
export interface ReadKey extends TokenKey {
  readonly modulus: Buffer | undefined
  readonly exponent: Buffer | undefined
}

/** Reads the attributes of a key. */
export function readKey({ cryptoki, session }: TokenWork, object: bigint): ReadKey {
  const [keyClass, type, label, id, modulus, exponent, ...flags] = cryptoki.values(session, object, [
    [attribute.class, sizes.number],
    [attribute.keyType, sizes.number],
    [attribute.label, sizes.label],
    [attribute.id, sizes.id],
    [attribute.modulus, sizes.modulus],
    [attribute.publicExponent, sizes.exponent],
    ...flagAttributes.map(([, each]) => [each, 1] as const),
  ])
  const isRsa = type?.equals(word(rsaKeyType)) === true && modulus !== undefined && exponent !== undefined
  return {
    label: label?.toString('utf8') ?? '',
    id: id?.toString('hex') ?? '',
    class: classes.get(numberOf(keyClass)) ?? 'secret',
    type: typeName(numberOf(type)),
    flags: readFlags(flags),
    fingerprint: isRsa ? fingerprintOf(modulus, exponent) : undefined,
    modulus: isRsa ? trimmed(modulus) : undefined,
    exponent: isRsa ? trimmed(exponent) : undefined,
  }
}

/** Reads the attributes of a key that others may have destroyed meanwhile. */
export function readKeyIfAny(work: TokenWork, object: bigint): TokenKey | undefined {
  try {
    const { modulus: _, exponent: __, ...key } = readKey(work, object)
    return key
  } catch (error) {
    if (error instanceof CryptokiError && error.code === result.objectHandleInvalid) return undefined
    throw error
  }
}

/** Returns the handles of all keys. */
export function allKeys({ cryptoki, session }: TokenWork): bigint[] {
  return [...classes.keys()].flatMap(each => cryptoki.find(session, [[attribute.class, word(each)]]))
}

/** Returns the handle of a secret key that fits. Throws TokenProblem. */
export function findKey(work: TokenWork, name: TokenKeyName): bigint {
  const [key, more] = findSecret(work, name)
  if (key === undefined) {
    requireToken(work)
    throw new TokenProblem('NoKey', 'it does not have the key')
  }
  if (more !== undefined) throw new TokenProblem('SeveralKeys', 'it has several keys of this name')
  requireFit(work, key)
  return key
}

/** Makes a key, and returns its handle. One whose name others gave meanwhile, or that is not as it was asked for, is destroyed. */
export function makeKey(work: TokenWork, name: TokenKeyName, isShared: boolean): bigint {
  const { cryptoki, session } = work
  const attributes = newAesKeyAttributes(name, { isLasting: true, isShared })
  const key = cryptoki.generateKey(session, mechanism.aesKeyGeneration, attributes)
  keepOnlyIf(work, key, () => findKey(work, name))
  return key
}

/** Destroys a new key, unless the check passes. */
export function keepOnlyIf({ cryptoki, session }: TokenWork, key: bigint, check: () => void): void {
  try {
    check()
  } catch (error) {
    cryptoki.destroyObject(session, key)
    throw error
  }
}

/** Destroys all keys of a name. */
export function destroyKey(work: TokenWork, name: TokenKeyName): void {
  for (const key of findSecret(work, name)) work.cryptoki.destroyObject(work.session, key)
  // The handle may be gone before the key is (softhsm/SoftHSMv2#903).
  const left = findSecret(work, name).length
  requireToken(work)
  if (left > 0) throw new TokenProblem('Refused', 'it still has the key after its destruction')
}

/** Throws if the token is gone: SoftHSM2 then finds no objects. */
export function requireToken({ cryptoki, slot }: TokenWork): void {
  cryptoki.tokenFacts(slot)
}

function findSecret({ cryptoki, session }: TokenWork, name: TokenKeyName): bigint[] {
  const wanted: Attribute[] = [
    [attribute.class, word(secretKeyClass)],
    [attribute.token, bool(true)],
    ...nameAttributes(name),
  ]
  return cryptoki.find(session, wanted)
}

/** The flags that each key of a cluster has. */
const wanted: TokenKeyFlags = {
  ...{ private: true, sensitive: true, encrypt: true, decrypt: true },
  ...{ wrap: false, unwrap: false, sign: false, verify: false, derive: false, modifiable: false },
}

/** Throws if a key can leave the token otherwise than under a trusted key. */
function requireFit(work: TokenWork, object: bigint): void {
  const { type, flags } = readKey(work, object)
  if (type !== 'AES') throw new TokenProblem('UnfitKey', 'the key is not an AES key')
  requireFlags(flags, wanted)
  if (flags.copyable === true) throw new TokenProblem('UnfitKey', 'copyable of the key is not false')
  requireFlags(
    flags,
    flags.extractable === true
      ? { wrapWithTrusted: true }
      : { extractable: false, neverExtractable: true, alwaysSensitive: true },
  )
}

/** Throws if a flag is not as it must be. */
export function requireFlags(flags: TokenKeyFlags, required: TokenKeyFlags): void {
  for (const [name, value] of Object.entries(required))
    if (flags[name as keyof TokenKeyFlags] !== value)
      throw new TokenProblem('UnfitKey', `${name} of the key is not ${value}`)
}

/** SHA-256 of SubjectPublicKeyInfo, as hex. */
export function fingerprintOf(modulus: Uint8Array, exponent: Uint8Array): string {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  const jwk = { kty: 'RSA', n: text(modulus), e: text(exponent) }
  return sha256Hex(createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' }))
}

const classes: ReadonlyMap<bigint, TokenKey['class']> = new Map([
  [secretKeyClass, 'secret'],
  [privateKeyClass, 'private'],
  [publicKeyClass, 'public'],
])

/** CKK_ numbers. */
const types: ReadonlyMap<bigint, string> = new Map([
  [rsaKeyType, 'RSA'],
  [0x1n, 'DSA'],
  [0x3n, 'EC'],
  [0x10n, 'GENERIC_SECRET'],
  [0x15n, 'DES3'],
  [0x1fn, 'AES'],
  [0x40n, 'EC_EDWARDS'],
])

const typeName = (type: bigint) => types.get(type) ?? `0x${type.toString(16)}`
const unknownNumber = 0xffff_ffff_ffff_ffffn
const numberOf = (value: Buffer | undefined) =>
  value?.length === sizes.number ? value.readBigUInt64LE() : unknownNumber

function readFlags(values: readonly (Buffer | undefined)[]): TokenKeyFlags {
  const read = flagAttributes.map(([name], index) => [name, values[index]?.[0]] as const)
  return Object.fromEntries(
    read.filter(([, value]) => value !== undefined).map(([name, value]) => [name, value !== 0]),
  )
}

/** Without leading zero bytes. */
function trimmed(bytes: Buffer): Buffer {
  const first = bytes.findIndex(byte => byte !== 0)
  return bytes.subarray(Math.max(first, 0))
}
