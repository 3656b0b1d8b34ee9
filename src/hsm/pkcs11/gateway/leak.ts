import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { randomBytes, uuid } from '../../../std/index.ts'
import type { TokenKeyFlags } from '../../clusters/token-gateway.ts'
import { aesKeyType, attribute, mechanism, secretKeyClass } from '../constants.ts'
import type { Mechanism } from '../cryptoki.ts'
import { CryptokiError } from '../cryptoki-calls.ts'
import { TokenProblem } from '../problem.ts'
import { type Attribute, bool, bytesValue, derivationData, word } from '../structures.ts'
import {
  aesKeyAttributes,
  flags,
  newAesKeyAttributes,
  transportAttributes,
  wrappingKeyAttributes,
} from './key-attributes.ts'
import type { TokenWork } from './open-token.ts'
import { readKey } from './stored-keys.ts'
import { oaep } from './transport-keys.ts'

/** The keys of the test, which end with the session. */
interface Keys {
  /** A shared key, as a cluster has it. */
  readonly shared: bigint
  /** The halves of a transport key. */
  readonly transport: { readonly public: bigint; readonly private: bigint }
  readonly modulus: Buffer
  readonly exponent: Buffer
  /** A known AES key, wrapped under the transport key. */
  readonly wrapped: Buffer
}

/** A way to take a key out. It returns whether the token allows it, or throws CryptokiError if it refuses. */
type Way = (work: TokenWork, keys: Keys) => boolean

const place = { isLasting: false, isShared: true }
const newName = () => ({ label: `keyward-test-${uuid()}`, id: randomBytes(16).toString('hex') })

/**
 * Tries to take a shared key out of the token in each way that a user has, and to open wrapped keys otherwise than as cluster keys. Returns the way that
 * works, as a part of a sentence; undefined if none does. Throws TokenProblem if the token cannot share keys at all.
 */
export function findLeak(work: TokenWork): string | undefined {
  try {
    const keys = makeKeys(work)
    // Without this a refusal below would say nothing.
    unwrapped(work, keys, {})
    return ways.find(([, way]) => works(way, work, keys))?.[0]
  } finally {
    forget(work)
  }
}

function makeKeys(work: TokenWork): Keys {
  const { cryptoki, session } = work
  const shared = cryptoki.generateKey(
    session,
    mechanism.aesKeyGeneration,
    newAesKeyAttributes(newName(), place),
  )
  const transport = cryptoki.generateKeyPair(session, mechanism.rsaPairGeneration, transportAttributes(false))
  const { modulus, exponent } = readKey(work, transport.private)
  if (modulus === undefined || exponent === undefined)
    throw new TokenProblem('Refused', 'it does not show the numbers of an RSA key')
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') }
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const padding = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }
  const wrapped = bytesValue(publicEncrypt(padding, randomBytes(32)))
  return { shared, transport, modulus, exponent, wrapped }
}

const aesWrap: Mechanism = { type: mechanism.aesKeyWrap }
const aesWrapPad: Mechanism = { type: mechanism.aesKeyWrapPad }
const rsaPkcs: Mechanism = { type: mechanism.rsaPkcs }

/** The changes that would open a shared key. */
const changes: readonly (readonly [
  name: 'sensitive' | 'wrapWithTrusted' | 'derive' | 'modifiable',
  value: boolean,
])[] = [
  ['sensitive', false],
  ['wrapWithTrusted', false],
  ['derive', true],
  ['modifiable', true],
]

/** Each way, by what the token then does. */
const ways: readonly (readonly [says: string, way: Way])[] = [
  ['the user makes a trusted key', makesTrusted],
  ['the user makes a key trusted', setsTrusted],
  ...[oaep, rsaPkcs].map(
    how => ['a shared key leaves under an untrusted RSA key', leavesUnder(how, ownRsaKey)] as const,
  ),
  ...[aesWrap, aesWrapPad].flatMap(how => [
    ['a shared key leaves under a new AES key', leavesUnder(how, newKek)] as const,
    ['a shared key leaves under a known AES key', leavesUnder(how, knownKek)] as const,
  ]),
  ['a shared key shows its value', showsValue],
  ['a key derives from a shared key', derives],
  ...changes.flatMap(([name, value]) => [
    [`${name} of a shared key can become ${value}`, becomes(name, value)] as const,
    [`${name} of a copy of a shared key can be ${value}`, isCopiedWith(name, value)] as const,
  ]),
  ['an unwrapped key may be not sensitive', unwrapsWeak({ sensitive: false })],
  ['an unwrapped key may leave under any key', unwrapsWeak({ wrapWithTrusted: false })],
  ['an unwrapped key may leave under any key', unwrapsWeak({ wrapWithTrusted: undefined })],
  ['an unwrapped key may be not sensitive', unwrapsWeak({ sensitive: undefined })],
  ['the transport key decrypts', decrypts],
  ['the transport key can become one that decrypts', becomesDecrypting],
]

function works(way: Way, work: TokenWork, keys: Keys): boolean {
  try {
    return way(work, keys)
  } catch (error) {
    if (!(error instanceof CryptokiError)) throw error
    // A token that is gone refuses everything.
    work.cryptoki.tokenFacts(work.slot)
    return false
  }
}

function makesTrusted(work: TokenWork, keys: Keys): boolean {
  const fingerprint = randomBytes(32).toString('hex')
  const place = { isLasting: false, isTrusted: true }
  const attributes = wrappingKeyAttributes({ ...keys, fingerprint }, 'keyward-test', place)
  const key = work.cryptoki.createObject(work.session, attributes)
  return readKey(work, key).flags.trusted === true
}

function setsTrusted(work: TokenWork, { transport }: Keys): boolean {
  work.cryptoki.setAttributes(work.session, transport.public, flags({ trusted: true }))
  return readKey(work, transport.public).flags.trusted === true
}

function leavesUnder(how: Mechanism, kek: (work: TokenWork, keys: Keys) => bigint): Way {
  return (work, keys) => {
    work.cryptoki.wrapKey(work.session, how, kek(work, keys), keys.shared).fill(0)
    return true
  }
}

function ownRsaKey(_: TokenWork, { transport }: Keys): bigint {
  return transport.public
}

const wrapping = { token: false, wrap: true, unwrap: true, extractable: false } as const

function newKek({ cryptoki, session }: TokenWork): bigint {
  const attributes: Attribute[] = [
    ...flags({ ...wrapping, sensitive: true }),
    [attribute.valueLength, word(32)],
  ]
  return cryptoki.generateKey(session, mechanism.aesKeyGeneration, attributes)
}

function knownKek({ cryptoki, session }: TokenWork): bigint {
  return cryptoki.createObject(session, [
    [attribute.class, word(secretKeyClass)],
    [attribute.keyType, word(aesKeyType)],
    ...flags(wrapping),
    [attribute.value, bytesValue(randomBytes(32))],
  ])
}

function showsValue({ cryptoki, session }: TokenWork, { shared }: Keys): boolean {
  const [value] = cryptoki.values(session, shared, [[attribute.value, 64]])
  value?.fill(0)
  return value !== undefined
}

function derives({ cryptoki, session }: TokenWork, { shared }: Keys): boolean {
  const data = bytesValue(randomBytes(32))
  const how: Mechanism = {
    type: mechanism.aesEcbEncryptData,
    parameter: addressOf => derivationData(data, addressOf),
  }
  const attributes: Attribute[] = [
    [attribute.class, word(secretKeyClass)],
    [attribute.keyType, word(aesKeyType)],
    ...flags({ token: false, sensitive: false, extractable: true }),
    [attribute.valueLength, word(32)],
  ]
  cryptoki.deriveKey(session, how, shared, attributes)
  return true
}

function becomes(name: keyof TokenKeyFlags & keyof typeof attribute, value: boolean): Way {
  return (work, { shared }) => {
    work.cryptoki.setAttributes(work.session, shared, flags({ [name]: value }))
    return readKey(work, shared).flags[name] === value
  }
}

function isCopiedWith(name: keyof TokenKeyFlags & keyof typeof attribute, value: boolean): Way {
  return (work, { shared }) => {
    const copy = work.cryptoki.copyObject(work.session, shared, flags({ [name]: value }))
    return readKey(work, copy).flags[name] === value
  }
}

/** Unwraps the known key with some attributes changed, or left out. */
function unwrapped(
  { cryptoki, session }: TokenWork,
  keys: Keys,
  changed: { readonly sensitive?: boolean | undefined; readonly wrapWithTrusted?: boolean | undefined },
): bigint {
  const changedTypes = new Map(
    Object.entries(changed).map(([name, value]) => [
      attribute[name as keyof typeof attribute] as number,
      value,
    ]),
  )
  // In their places, because SoftHSM2 refuses some attributes behind MODIFIABLE.
  const attributes = aesKeyAttributes(newName(), place).flatMap(([type, value]): Attribute[] => {
    if (!changedTypes.has(type)) return [[type, value]]
    const other = changedTypes.get(type)
    return other === undefined ? [] : [[type, bool(other)]]
  })
  return cryptoki.unwrapKey(session, oaep, keys.transport.private, keys.wrapped, attributes)
}

/** A token may refuse the attributes, or take those of the template instead. */
function unwrapsWeak(changed: Parameters<typeof unwrapped>[2]): Way {
  return (work, keys) => {
    const { sensitive, wrapWithTrusted } = readKey(work, unwrapped(work, keys, changed)).flags
    return sensitive !== true || wrapWithTrusted !== true
  }
}

function decrypts({ cryptoki, session }: TokenWork, { transport, wrapped }: Keys): boolean {
  cryptoki.decrypt(session, oaep, transport.private, wrapped).fill(0)
  return true
}

function becomesDecrypting(work: TokenWork, { transport }: Keys): boolean {
  work.cryptoki.setAttributes(work.session, transport.private, flags({ decrypt: true }))
  return readKey(work, transport.private).flags.decrypt === true
}

/** Destroys the objects of the session. SoftHSM2 keeps some whose creation it refused. */
function forget({ cryptoki, session }: TokenWork): void {
  for (const object of cryptoki.find(session, flags({ token: false })))
    cryptoki.destroyObject(session, object)
}
