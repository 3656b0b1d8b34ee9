import type { Koffi } from './binding.ts'
import { aesKeyType, attribute, mechanism, secretKeyClass, userType } from './constants.ts'
import type { Cryptoki } from './cryptoki.ts'
import { TokenProblem } from './problem.ts'
import { type ListedToken, listTokens, slotOf } from './slots.ts'
import { type Attribute, bool, textValue, word } from './structures.ts'
import { decryptionProblem, loadCryptoki, logIn } from './token-answers.ts'

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
    return new Tokens(loadCryptoki(koffi, path))
  }

  close(): void {
    this.#cryptoki.finalize()
  }

  list(): ListedToken[] {
    return listTokens(this.#cryptoki)
  }

  openSession(label: string): void {
    this.#sessions.set(label, this.#cryptoki.openSession(slotOf(this.#cryptoki, label)))
  }

  /** Logs in to a token whose session is open. */
  login(label: string, pin: Buffer): void {
    const session = this.#session(label)
    logIn(this.#cryptoki, session, pin, userType)
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
    const values = this.#cryptoki.values(this.#session(place.token), key, [
      ...wantedOfKey.map(([type]) => [type, 1] as const),
      [attribute.valueLength, 8],
      [attribute.keyType, 8],
    ])
    const isAes = values.at(-1)?.equals(word(aesKeyType)) && values.at(-2)?.equals(word(aesKeyBytes))
    if (!isAes) throw new TokenProblem('UnfitKey', `the key ${place.label} is not an AES-256 key`)
    for (const [index, [, name, wanted]] of wantedOfKey.entries())
      if (!values[index]?.equals(bool(wanted)))
        throw new TokenProblem('UnfitKey', `${name} of the key ${place.label} is not ${wanted}`)
  }

  encrypt(place: KeyPlace, iv: Buffer, data: Buffer, input: Buffer): Buffer {
    const session = this.#session(place.token)
    return this.#cryptoki.encryptGcm(session, this.#only(place), { iv, data, input }).ciphertext
  }

  decrypt(place: KeyPlace, iv: Buffer, data: Buffer, input: Buffer): Buffer {
    const session = this.#session(place.token)
    const key = this.#only(place)
    try {
      return this.#cryptoki.decryptGcm(session, key, { iv, data, input })
    } catch (error) {
      const slot = slotOf(this.#cryptoki, place.token)
      throw decryptionProblem(error, this.#cryptoki, { slot, session })
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
      slotOf(this.#cryptoki, place.token)
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
    [attribute.label, textValue(label)],
    [attribute.id, textValue(label)],
    ...flags.map(([type, value]) => [type, bool(value)] as const),
  ]
}
