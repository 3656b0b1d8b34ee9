import { newSecret } from '../../std/index.ts'
import type { Koffi } from './binding.ts'
import { flag, result, userType } from './constants.ts'
import { type Argument, CryptokiCalls, CryptokiError } from './cryptoki-calls.ts'
import { Gcm, type GcmWork, ivBytesMax, tagBytes } from './gcm.ts'
import {
  type AddressOf,
  type Attribute,
  filledSize,
  initializeArguments,
  mechanismOf,
  nestedAttributes,
  nestedRoom,
  readSlotInfo,
  readTokenInfo,
  slotInfoBytes,
  type TokenFacts,
  tokenInfoBytes,
  word,
} from './structures.ts'

/** More slots or mechanisms than a device has. */
const listMax = 4096
/** More than any wrapped key has. */
const wrappedBytesMax = 4096
/** The objects that one call finds. */
const foundMax = 1024

/** A mechanism and its parameter. */
export interface Mechanism {
  /** A CKM_ number. */
  readonly type: bigint
  readonly parameter?: (addressOf: AddressOf) => Buffer
}

/** A PKCS#11 library in this process. Each call blocks until the library answers. Its methods throw CryptokiError. */
export class Cryptoki {
  readonly #calls: CryptokiCalls
  /** AES-GCM into memory of the caller. */
  readonly gcm: Gcm

  private constructor(calls: CryptokiCalls) {
    this.#calls = calls
    this.gcm = new Gcm(calls)
  }

  /** Loads a library and initializes it. A process can do that once. Throws the error of the loader. */
  static load(koffi: Koffi, path: string): Cryptoki {
    const cryptoki = new Cryptoki(new CryptokiCalls(koffi, path))
    cryptoki.#calls.call('C_Initialize', initializeArguments(flag.osLockingOk))
    return cryptoki
  }

  /** Uses a library that a different thread of this process has initialized. Throws the error of the loader. */
  static attach(koffi: Koffi, path: string): Cryptoki {
    return new Cryptoki(new CryptokiCalls(koffi, path))
  }

  finalize(): void {
    this.#calls.call('C_Finalize', null)
  }

  /** Returns the slots that have a token. */
  slots(): bigint[] {
    return this.#list('C_GetSlotList', 1)
  }

  tokenFacts(slot: bigint): TokenFacts & { readonly slotDescription: string } {
    const info = newSecret(tokenInfoBytes)
    this.#calls.call('C_GetTokenInfo', slot, info)
    const slotInfo = newSecret(slotInfoBytes)
    this.#calls.call('C_GetSlotInfo', slot, slotInfo)
    return { ...readTokenInfo(info), slotDescription: readSlotInfo(slotInfo).description }
  }

  mechanisms(slot: bigint): bigint[] {
    return this.#list('C_GetMechanismList', slot)
  }

  /** Opens a session that can write. */
  openSession(slot: bigint): bigint {
    const session = word()
    this.#calls.call('C_OpenSession', slot, flag.serialSession | flag.rwSession, null, null, session)
    return session.readBigUInt64LE()
  }

  /** Logs in, for all sessions of this process with the token. `user` is a CKU_ number. */
  login(session: bigint, pin: Buffer, user = userType): void {
    this.#calls.call('C_Login', session, user, pin, pin.length)
  }

  /** Changes the PIN of who is logged in. */
  setPin(session: bigint, old: Buffer, next: Buffer): void {
    this.#calls.call('C_SetPIN', session, old, old.length, next, next.length)
  }

  random(session: bigint, sizeBytes: number): Buffer {
    const bytes = newSecret(sizeBytes)
    this.fillRandom(session, bytes)
    return bytes
  }

  fillRandom(session: bigint, bytes: Buffer): void {
    this.#calls.call('C_GenerateRandom', session, bytes, bytes.length)
  }

  /** Returns the first `max` objects that have these attributes. */
  find(session: bigint, attributes: readonly Attribute[], max = Number.POSITIVE_INFINITY): bigint[] {
    const wanted = this.#calls.template(attributes)
    this.#calls.call('C_FindObjectsInit', session, wanted, attributes.length)
    const found: bigint[] = []
    try {
      for (let isWhole = false; !isWhole && found.length < max; ) {
        const most = Math.min(foundMax, max - found.length)
        const [objects, count] = [newSecret(most * 8), word()]
        this.#calls.call('C_FindObjects', session, objects, most, count)
        found.push(...words(objects, checkedSize(count, most)))
        isWhole = checkedSize(count, most) === 0
      }
      return found
    } finally {
      this.#calls.call('C_FindObjectsFinal', session)
    }
  }

  /** Reads attributes of at most these sizes. One that is larger, or that the object does not have or show, is undefined. */
  values(
    session: bigint,
    object: bigint,
    wanted: readonly (readonly [type: number, sizeMax: number])[],
  ): (Buffer | undefined)[] {
    const buffers = wanted.map(([type, sizeMax]) => [type, newSecret(sizeMax)] as const)
    const filled = this.#fill(session, object, buffers)
    return buffers.map(([, buffer], index) => {
      const size = filledSize(filled, index, buffer.length)
      return size === undefined ? undefined : buffer.subarray(0, size)
    })
  }

  /** Reads the attributes in an attribute, by their types; undefined if the object does not show them. */
  nestedValues(session: bigint, object: bigint, type: number): Map<number, Buffer> | undefined {
    const room = nestedRoom()
    // The library gives the types and sizes first, and then the values.
    const size = filledSize(this.#fill(session, object, [[type, room]]), 0, room.length)
    const nested = size === undefined ? undefined : nestedAttributes(room.subarray(0, size))
    if (nested === undefined) return undefined
    this.#fill(session, object, [[type, nested]])
    return new Map(nested)
  }

  setAttributes(session: bigint, object: bigint, attributes: readonly Attribute[]): void {
    this.#calls.call(
      'C_SetAttributeValue',
      session,
      object,
      this.#calls.template(attributes),
      attributes.length,
    )
  }

  generateKey(session: bigint, type: bigint, attributes: readonly Attribute[]): bigint {
    const [how, key] = [this.#mechanism({ type }), word()]
    const wanted = this.#calls.template(attributes)
    this.#calls.call('C_GenerateKey', session, how, wanted, attributes.length, key)
    return key.readBigUInt64LE()
  }

  generateKeyPair(
    session: bigint,
    type: bigint,
    attributes: { readonly public: readonly Attribute[]; readonly private: readonly Attribute[] },
  ): { readonly public: bigint; readonly private: bigint } {
    const [how, key, own] = [this.#mechanism({ type }), word(), word()]
    const [wanted, wantedOwn] = [
      this.#calls.template(attributes.public),
      this.#calls.template(attributes.private),
    ]
    const [count, countOwn] = [attributes.public.length, attributes.private.length]
    this.#calls.call(
      ...(['C_GenerateKeyPair', session, how, wanted, count, wantedOwn, countOwn, key, own] as const),
    )
    return { public: key.readBigUInt64LE(), private: own.readBigUInt64LE() }
  }

  /** Returns a key wrapped under another. */
  wrapKey(session: bigint, how: Mechanism, under: bigint, key: bigint): Buffer {
    const [output, length] = [newSecret(wrappedBytesMax), word(wrappedBytesMax)]
    this.#calls.call('C_WrapKey', session, this.#mechanism(how), under, key, output, length)
    return output.subarray(0, checkedSize(length, wrappedBytesMax))
  }

  unwrapKey(
    session: bigint,
    how: Mechanism,
    under: bigint,
    input: Buffer,
    attributes: readonly Attribute[],
  ): bigint {
    const [parameters, wanted, key] = [this.#mechanism(how), this.#calls.template(attributes), word()]
    this.#calls.call(
      'C_UnwrapKey',
      session,
      parameters,
      under,
      input,
      input.length,
      wanted,
      attributes.length,
      key,
    )
    return key.readBigUInt64LE()
  }

  deriveKey(session: bigint, how: Mechanism, base: bigint, attributes: readonly Attribute[]): bigint {
    const [parameters, wanted, key] = [this.#mechanism(how), this.#calls.template(attributes), word()]
    this.#calls.call('C_DeriveKey', session, parameters, base, wanted, attributes.length, key)
    return key.readBigUInt64LE()
  }

  /** Decrypts at most some thousand bytes. */
  decrypt(session: bigint, how: Mechanism, key: bigint, input: Buffer): Buffer {
    const [output, length] = [newSecret(wrappedBytesMax), word(wrappedBytesMax)]
    this.#calls.call('C_DecryptInit', session, this.#mechanism(how), key)
    this.#calls.call('C_Decrypt', session, input, input.length, output, length)
    return output.subarray(0, checkedSize(length, wrappedBytesMax))
  }

  copyObject(session: bigint, object: bigint, attributes: readonly Attribute[]): bigint {
    const [changed, copy] = [this.#calls.template(attributes), word()]
    this.#calls.call('C_CopyObject', session, object, changed, attributes.length, copy)
    return copy.readBigUInt64LE()
  }

  createObject(session: bigint, attributes: readonly Attribute[]): bigint {
    const object = word()
    this.#calls.call('C_CreateObject', session, this.#calls.template(attributes), attributes.length, object)
    return object.readBigUInt64LE()
  }

  destroyObject(session: bigint, object: bigint): void {
    this.#calls.call('C_DestroyObject', session, object)
  }

  /** Encrypts with AES-GCM; returns the IV, and the ciphertext with its tag behind it. */
  encryptGcm(session: bigint, key: bigint, work: GcmWork): { iv: Buffer; ciphertext: Buffer } {
    const ciphertext = gcmOutput(work.input.length + 2 * tagBytes, output =>
      this.gcm.encrypt(session, key, work, output),
    )
    const iv = newSecret(ivBytesMax)
    return { iv: iv.subarray(0, this.gcm.copyIv(iv)), ciphertext }
  }

  /** Undoes `encryptGcm`. */
  decryptGcm(session: bigint, key: bigint, work: GcmWork): Buffer {
    // SoftHSM2 asks for room for the tag in the plaintext, too.
    return gcmOutput(work.input.length + tagBytes, output => this.gcm.decrypt(session, key, work, output))
  }

  /** Reads attributes into their values; returns the array of CK_ATTRIBUTE, which then has their sizes. */
  #fill(session: bigint, object: bigint, attributes: readonly Attribute[]): Buffer {
    const filled = this.#calls.template(attributes)
    const code = this.#calls.answer('C_GetAttributeValue', session, object, filled, attributes.length)
    if (!someFilled.has(code)) throw new CryptokiError('C_GetAttributeValue', code)
    return filled
  }

  #list(name: 'C_GetSlotList' | 'C_GetMechanismList', first: Argument): bigint[] {
    const count = word()
    this.#calls.call(name, first, null, count)
    const length = checkedSize(count, listMax)
    if (length === 0) return []
    const list = newSecret(length * 8)
    this.#calls.call(name, first, list, count)
    return words(list, checkedSize(count, length))
  }

  #mechanism({ type, parameter }: Mechanism): Buffer {
    return mechanismOf(type, parameter?.(this.#calls.addressOf), this.#calls.addressOf)
  }
}

/** The answers after which the values that can be read are there. */
const someFilled: ReadonlySet<number> = new Set([
  result.ok,
  result.attributeSensitive,
  result.attributeTypeInvalid,
  result.bufferTooSmall,
])

function gcmOutput(room: number, perform: (output: Buffer) => number): Buffer {
  const output = newSecret(room)
  try {
    return output.subarray(0, perform(output))
  } catch (error) {
    output.fill(0)
    throw error
  }
}

/** A library must not make us read beyond a buffer. */
function checkedSize(count: Buffer, max: number): number {
  const size = count.readBigUInt64LE()
  if (size > BigInt(max)) throw new Error(`the library counts ${size} where ${max} are possible`)
  return Number(size)
}

function words(buffer: Buffer, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => buffer.readBigUInt64LE(index * 8))
}
