import { newSecret } from '../../std/index.ts'
import {
  aesKeyType,
  attribute,
  awayResults,
  flag,
  goneResults,
  mechanism,
  result,
  secretKeyClass,
} from './constants.ts'
import { Cryptoki, CryptokiError, type Koffi } from './cryptoki.ts'
import { TokenProblem, type TokenProblemCode } from './problem.ts'
import { type Attribute, bool, type TokenFacts, word } from './structures.ts'

/** A token as its library describes it. */
export interface TokenDescription {
  /** The number of the slot. */
  readonly slot: string
  readonly slotDescription: string
  readonly label: string
  readonly manufacturer: string
  readonly model: string
  readonly serial: string
  readonly isInitialized: boolean
  readonly hasUserPin: boolean
  /** The state of the user PIN, as the token reports it. */
  readonly pin: 'ok' | 'wrong PIN was given' | 'final try' | 'locked'
  /** The mechanisms that it has, of those that matter here. */
  readonly mechanisms: readonly string[]
}

/** An AES key: a lasting one of the token, or one of the session. */
export interface KeyPlace {
  readonly token: string
  readonly label: string
  readonly isLasting: boolean
}

const aesKeyBytes = 32

/** The tokens of the library in this process. The methods throw TokenProblem. */
export class Tokens {
  readonly #cryptoki: Cryptoki
  /** The session with each token that the user has logged in to, by label. It stays open, because its end would log out. */
  readonly #sessions = new Map<string, bigint>()

  private constructor(cryptoki: Cryptoki) {
    this.#cryptoki = cryptoki
  }

  /** Loads the library. */
  static load(koffi: Koffi, path: string): Tokens {
    try {
      return new Tokens(Cryptoki.load(koffi, path))
    } catch (error) {
      throw new TokenProblem('NotLoaded', `it cannot be loaded: ${(error as Error).message}`)
    }
  }

  close(): void {
    this.#cryptoki.finalize()
  }

  list(): TokenDescription[] {
    const known = new Map<bigint, string>(
      Object.entries(listedMechanisms).map(([name, type]) => [type, name]),
    )
    return this.#cryptoki.slots().map(slot => {
      const { label, manufacturer, model, serial, slotDescription, flags } = this.#cryptoki.tokenFacts(slot)
      const mechanisms = this.#cryptoki.mechanisms(slot).flatMap(type => known.get(type) ?? [])
      const has = (bit: bigint) => (flags & bit) !== 0n
      return {
        ...{ slot: String(slot), slotDescription, label, manufacturer, model, serial },
        isInitialized: has(flag.tokenInitialized),
        hasUserPin: has(flag.userPinInitialized),
        pin: pinStateOf(has),
        mechanisms,
      }
    })
  }

  openSession(label: string): void {
    this.#sessions.set(label, this.#cryptoki.openSession(this.#slotOf(label)))
  }

  /** Logs in to a token whose session is open. */
  login(label: string, pin: Buffer): void {
    const session = this.#session(label)
    try {
      this.#cryptoki.login(session, pin)
    } catch (error) {
      if (!(error instanceof CryptokiError) || error.code !== result.userAlreadyLoggedIn)
        throw loginProblem(error)
    }
  }

  random(token: string, sizeBytes: number): Buffer {
    return this.#cryptoki.random(this.#session(token), sizeBytes)
  }

  /** Returns whether the token has the key. */
  hasKey(place: KeyPlace): boolean {
    return this.#find(place).length > 0
  }

  /** Makes an AES-256 key that never leaves the token in clear or wrapped. A label that others made meanwhile is refused. */
  makeKey(place: KeyPlace): void {
    const session = this.#session(place.token)
    const key = this.#cryptoki.generateKey(session, mechanism.aesKeyGeneration, [
      ...keyAttributes(place),
      [attribute.valueLength, word(aesKeyBytes)],
    ])
    if (this.#find(place).length === 1) return
    this.#cryptoki.destroyObject(session, key)
    throw severalKeys(place)
  }

  /** Puts a known AES key of 32 bytes into the session. */
  importKey(place: KeyPlace, value: Buffer): void {
    this.#cryptoki.createObject(this.#session(place.token), [
      ...keyAttributes(place),
      [attribute.value, value],
    ])
  }

  /** Throws if the key is not an AES-256 key that was made in the token and can never leave it. */
  checkKey(place: KeyPlace): void {
    const key = this.#only(place)
    const flags = wantedOfKey.map(([type, , wanted]) => [type, bool(!wanted)] as const)
    const length: Attribute = [attribute.valueLength, word()]
    const keyType: Attribute = [attribute.keyType, word()]
    const filled = this.#cryptoki.attributes(this.#session(place.token), key, [...flags, length, keyType])
    const isAes =
      keyType[1].readBigUInt64LE() === aesKeyType && length[1].readBigUInt64LE() === BigInt(aesKeyBytes)
    if (!filled.at(-1) || !filled.at(-2) || !isAes)
      throw new TokenProblem('UnfitKey', `the key ${place.label} is not an AES-256 key`)
    for (const [index, [, name, wanted]] of wantedOfKey.entries())
      if (!filled[index] || flags[index]?.[1][0] !== (wanted ? 1 : 0))
        throw new TokenProblem('UnfitKey', `${name} of the key ${place.label} is not ${wanted}`)
  }

  encrypt(place: KeyPlace, iv: Buffer, data: Buffer, input: Buffer): Buffer {
    const session = this.#session(place.token)
    return this.#cryptoki.encryptGcm(session, this.#only(place), { iv, data, input })
  }

  decrypt(place: KeyPlace, iv: Buffer, data: Buffer, input: Buffer): Buffer {
    const session = this.#session(place.token)
    const key = this.#only(place)
    try {
      return this.#cryptoki.decryptGcm(session, key, { iv, data, input })
    } catch (error) {
      if (!this.#isUndecryptable(error, place.token)) throw error
      throw new TokenProblem('Undecryptable', 'the ciphertext does not decrypt')
    }
  }

  /** SoftHSM2 answers CKR_GENERAL_ERROR for a wrong tag and for a token that is gone. */
  #isUndecryptable(error: unknown, token: string): boolean {
    if (!(error instanceof CryptokiError) || error.call !== 'C_Decrypt') return false
    if (error.code === result.encryptedDataInvalid || error.code === result.encryptedDataLengthRange)
      return true
    if (error.code !== result.generalError) return false
    this.#cryptoki.tokenFacts(this.#slotOf(token))
    this.#cryptoki.random(this.#session(token), 1)
    return true
  }

  #slotOf(label: string): bigint {
    const slots = this.#cryptoki.slots().filter(slot => {
      const facts = this.#factsIfAny(slot)
      return facts?.label === label && (facts.flags & flag.tokenInitialized) !== 0n
    })
    const [slot] = slots
    if (slot === undefined) throw new TokenProblem('Away', `there is no token ${label}`)
    if (slots.length > 1)
      throw new TokenProblem('AmbiguousToken', `${slots.length} tokens have the label ${label}`)
    return slot
  }

  /** A different token that is broken or was just pulled must not stop this one. */
  #factsIfAny(slot: bigint): TokenFacts | undefined {
    try {
      return this.#cryptoki.tokenFacts(slot)
    } catch (error) {
      if (error instanceof CryptokiError) return undefined
      throw error
    }
  }

  #session(token: string): bigint {
    const session = this.#sessions.get(token)
    if (session === undefined) throw new Error('nobody has logged in to the token')
    return session
  }

  #find({ token, label, isLasting }: KeyPlace): bigint[] {
    const session = this.#session(token)
    const wanted: Attribute[] = [
      [attribute.class, word(secretKeyClass)],
      [attribute.token, bool(isLasting)],
      [attribute.label, Buffer.from(label)],
    ]
    return this.#cryptoki.find(session, wanted, 2)
  }

  #only(place: KeyPlace): bigint {
    const [key, more] = this.#find(place)
    if (key === undefined) {
      // SoftHSM2 finds no objects in a token that went away.
      this.#slotOf(place.token)
      throw new TokenProblem('NoKey', `it has no secret key ${place.label}`)
    }
    if (more !== undefined) throw severalKeys(place)
    return key
  }
}

const severalKeys = ({ label }: KeyPlace) =>
  new TokenProblem('SeveralKeys', `several secret keys have the label ${label}`)

/** The attributes that the key of a root key must have, so that no interface of the token gives it away. */
const wantedOfKey: readonly (readonly [type: number, name: string, wanted: boolean])[] = [
  [attribute.sensitive, 'CKA_SENSITIVE', true],
  [attribute.alwaysSensitive, 'CKA_ALWAYS_SENSITIVE', true],
  [attribute.extractable, 'CKA_EXTRACTABLE', false],
  [attribute.neverExtractable, 'CKA_NEVER_EXTRACTABLE', true],
  [attribute.encrypt, 'CKA_ENCRYPT', true],
  [attribute.decrypt, 'CKA_DECRYPT', true],
]

function keyAttributes({ label, isLasting }: KeyPlace): Attribute[] {
  const flags: readonly (readonly [number, boolean])[] = [
    [attribute.token, isLasting],
    [attribute.private, true],
    [attribute.sensitive, true],
    [attribute.extractable, false],
    [attribute.encrypt, true],
    [attribute.decrypt, true],
    // The defaults of some tokens are true.
    [attribute.wrap, false],
    [attribute.unwrap, false],
    [attribute.sign, false],
    [attribute.verify, false],
    [attribute.derive, false],
    [attribute.modifiable, false],
  ]
  return [
    [attribute.class, word(secretKeyClass)],
    [attribute.keyType, word(aesKeyType)],
    [attribute.label, copyOf(label)],
    [attribute.id, copyOf(label)],
    ...flags.map(([type, value]) => [type, bool(value)] as const),
  ]
}

/** Memory of its own: a small Buffer is a view of a pool. */
function copyOf(text: string): Buffer {
  const copy = newSecret(Buffer.byteLength(text))
  copy.write(text)
  return copy
}

/** CKM_ numbers of the mechanisms that an operator may look for. */
const listedMechanisms: Readonly<Record<string, bigint>> = {
  'AES-KEY-GEN': mechanism.aesKeyGeneration,
  'AES-GCM': mechanism.aesGcm,
  'AES-KEY-WRAP': 0x2109n,
  'AES-KEY-WRAP-PAD': 0x210an,
  'RSA-OAEP': 0x9n,
  'RSA-PSS': 0xdn,
  ECDSA: 0x1041n,
  'ECDH1-DERIVE': 0x1050n,
  EDDSA: 0x1057n,
  'SHA256-HMAC': 0x251n,
}

function pinStateOf(has: (bit: bigint) => boolean): TokenDescription['pin'] {
  if (has(flag.userPinLocked)) return 'locked'
  if (has(flag.userPinFinalTry)) return 'final try'
  return has(flag.userPinCountLow) ? 'wrong PIN was given' : 'ok'
}

function loginProblem(error: unknown): unknown {
  if (!(error instanceof CryptokiError) || error.call !== 'C_Login') return error
  const wrong: readonly number[] = [result.pinIncorrect, result.pinInvalid, result.pinLengthRange]
  if (wrong.includes(error.code)) return new TokenProblem('WrongPin', 'the PIN is wrong')
  if (error.code === result.pinLocked) return new TokenProblem('PinLocked', 'the token has locked its PIN')
  // Some libraries have an unspecific answer to a wrong PIN.
  return goneResults.has(error.code)
    ? error
    : new TokenProblem('WrongPin', `the token refuses the login: ${error.message}`)
}

/** Returns the problem that an error of the library is. */
export function toTokenProblem(error: unknown): TokenProblem {
  if (error instanceof TokenProblem) return error
  if (!(error instanceof CryptokiError)) return new TokenProblem('Refused', (error as Error).message)
  const code: TokenProblemCode = awayResults.has(error.code) ? 'Away' : 'Refused'
  return new TokenProblem(code, error.message)
}
