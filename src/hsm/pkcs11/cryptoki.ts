import type { LibraryHandle, TypeObject } from 'koffi'
import { newSecret } from '../../std/index.ts'
import { flag, mechanism, result, userType } from './constants.ts'
import {
  type Attribute,
  gcmParameters,
  initializeArguments,
  isFilled,
  mechanismOf,
  readSlotInfo,
  readTokenInfo,
  slotInfoBytes,
  type TokenFacts,
  template,
  tokenInfoBytes,
  word,
} from './structures.ts'

/** The binding. */
export type Koffi = typeof import('koffi').default

/** A function of the library that did not answer with CKR_OK. The message has nothing that was given. */
export class CryptokiError extends Error {
  readonly call: string
  /** A CKR_ number. */
  readonly code: number

  constructor(call: string, code: number) {
    super(`${call} answered with 0x${code.toString(16)}`)
    this.call = call
    this.code = code
  }
}

/** The functions that are used: their places in CK_FUNCTION_LIST (version 2.40) and their parameters. */
const functions = {
  C_Initialize: [0, 'void *arguments'],
  C_Finalize: [1, 'void *reserved'],
  C_GetSlotList: [4, 'uint8_t present, void *list, void *count'],
  C_GetSlotInfo: [5, 'ulong slot, void *info'],
  C_GetTokenInfo: [6, 'ulong slot, void *info'],
  C_GetMechanismList: [7, 'ulong slot, void *list, void *count'],
  C_OpenSession: [12, 'ulong slot, ulong flags, void *application, void *notify, void *session'],
  C_Login: [18, 'ulong session, ulong user, void *pin, ulong pinLength'],
  C_CreateObject: [20, 'ulong session, void *template, ulong count, void *object'],
  C_DestroyObject: [22, 'ulong session, ulong object'],
  C_GetAttributeValue: [24, 'ulong session, ulong object, void *template, ulong count'],
  C_FindObjectsInit: [26, 'ulong session, void *template, ulong count'],
  C_FindObjects: [27, 'ulong session, void *objects, ulong max, void *count'],
  C_FindObjectsFinal: [28, 'ulong session'],
  C_EncryptInit: [29, 'ulong session, void *mechanism, ulong key'],
  C_Encrypt: [30, 'ulong session, void *data, ulong length, void *output, void *outputLength'],
  C_DecryptInit: [33, 'ulong session, void *mechanism, ulong key'],
  C_Decrypt: [34, 'ulong session, void *data, ulong length, void *output, void *outputLength'],
  C_GenerateKey: [58, 'ulong session, void *mechanism, void *template, ulong count, void *key'],
  C_GenerateRandom: [64, 'ulong session, void *output, ulong length'],
} as const

type FunctionName = keyof typeof functions
type Argument = Buffer | bigint | number | null

/** More slots or mechanisms than a device has. */
const listMax = 4096
const tagBytes = 16

/** A PKCS#11 library in this process. Each call blocks until the library answers. Its methods throw CryptokiError. */
export class Cryptoki {
  readonly #koffi: Koffi
  readonly #calls = new Map<FunctionName, { readonly pointer: bigint; readonly type: TypeObject }>()
  /** Keeps what the call under way has addresses of. */
  readonly #held: unknown[] = []

  private constructor(koffi: Koffi, library: LibraryHandle) {
    this.#koffi = koffi
    const out = word()
    const code = library.func('ulong C_GetFunctionList(void *out)')(out) as number
    const list = out.readBigUInt64LE()
    if (code !== result.ok || list === 0n) throw new CryptokiError('C_GetFunctionList', code)
    for (const [name, [place, parameters]] of Object.entries(functions)) {
      // A CK_VERSION of two bytes stands before the pointers.
      const pointer = koffi.decode(list, 8 + 8 * place, 'uint64') as bigint | number
      const type = koffi.proto(`ulong ${name}(${parameters})`)
      this.#calls.set(name as FunctionName, { pointer: BigInt(pointer), type })
    }
  }

  /** Loads a library and initializes it. A process can do that once. Throws the error of the loader. */
  static load(koffi: Koffi, path: string): Cryptoki {
    const cryptoki = new Cryptoki(koffi, koffi.load(path))
    cryptoki.#call('C_Initialize', initializeArguments(flag.osLockingOk))
    return cryptoki
  }

  finalize(): void {
    this.#call('C_Finalize', null)
  }

  /** Returns the slots that have a token. */
  slots(): bigint[] {
    return this.#list('C_GetSlotList', 1)
  }

  tokenFacts(slot: bigint): TokenFacts & { readonly slotDescription: string } {
    const info = newSecret(tokenInfoBytes)
    this.#call('C_GetTokenInfo', slot, info)
    const slotInfo = newSecret(slotInfoBytes)
    this.#call('C_GetSlotInfo', slot, slotInfo)
    return { ...readTokenInfo(info), slotDescription: readSlotInfo(slotInfo).description }
  }

  mechanisms(slot: bigint): bigint[] {
    return this.#list('C_GetMechanismList', slot)
  }

  /** Opens a session that can write. */
  openSession(slot: bigint): bigint {
    const session = word()
    this.#call('C_OpenSession', slot, flag.serialSession | flag.rwSession, null, null, session)
    return session.readBigUInt64LE()
  }

  /** Logs the user in, for all sessions of this process with the token. */
  login(session: bigint, pin: Buffer): void {
    this.#call('C_Login', session, userType, pin, pin.length)
  }

  random(session: bigint, sizeBytes: number): Buffer {
    const bytes = newSecret(sizeBytes)
    this.#call('C_GenerateRandom', session, bytes, sizeBytes)
    return bytes
  }

  /** Returns the first `max` objects that have these attributes. */
  find(session: bigint, attributes: readonly Attribute[], max: number): bigint[] {
    const wanted = this.#template(attributes)
    this.#call('C_FindObjectsInit', session, wanted, attributes.length)
    try {
      const [objects, count] = [newSecret(max * 8), word()]
      this.#call('C_FindObjects', session, objects, max, count)
      return words(objects, checkedSize(count, max))
    } finally {
      this.#call('C_FindObjectsFinal', session)
    }
  }

  /** Reads attributes into their buffers; returns which have a value of exactly that size. */
  attributes(session: bigint, object: bigint, attributes: readonly Attribute[]): boolean[] {
    const filled = this.#template(attributes)
    const some: readonly number[] = [
      result.ok,
      result.attributeSensitive,
      result.attributeTypeInvalid,
      result.bufferTooSmall,
    ]
    const code = this.#answer('C_GetAttributeValue', session, object, filled, attributes.length)
    if (!some.includes(code)) throw new CryptokiError('C_GetAttributeValue', code)
    return attributes.map(([, value], index) => isFilled(filled, index, value))
  }

  generateKey(session: bigint, type: bigint, attributes: readonly Attribute[]): bigint {
    const key = word()
    const how = mechanismOf(type, undefined, this.#addressOf)
    this.#call('C_GenerateKey', session, how, this.#template(attributes), attributes.length, key)
    return key.readBigUInt64LE()
  }

  createObject(session: bigint, attributes: readonly Attribute[]): bigint {
    const object = word()
    this.#call('C_CreateObject', session, this.#template(attributes), attributes.length, object)
    return object.readBigUInt64LE()
  }

  destroyObject(session: bigint, object: bigint): void {
    this.#call('C_DestroyObject', session, object)
  }

  /** Encrypts with AES-GCM; returns the ciphertext and behind it the tag of 16 bytes. */
  encryptGcm(session: bigint, key: bigint, work: GcmWork): Buffer {
    return this.#gcm('C_EncryptInit', 'C_Encrypt', session, key, work, work.input.length + tagBytes)
  }

  /** Undoes `encryptGcm`. */
  decryptGcm(session: bigint, key: bigint, work: GcmWork): Buffer {
    if (work.input.length < tagBytes) throw new CryptokiError('C_Decrypt', result.encryptedDataLengthRange)
    return this.#gcm('C_DecryptInit', 'C_Decrypt', session, key, work, work.input.length - tagBytes)
  }

  #gcm(
    begin: 'C_EncryptInit' | 'C_DecryptInit',
    perform: 'C_Encrypt' | 'C_Decrypt',
    session: bigint,
    key: bigint,
    { iv, data, input }: GcmWork,
    outputBytes: number,
  ): Buffer {
    const parameters = gcmParameters(iv, data, tagBytes * 8, this.#addressOf)
    this.#held.push(iv, data, parameters)
    this.#call(begin, session, mechanismOf(mechanism.aesGcm, parameters, this.#addressOf), key)
    // SoftHSM2 asks for room for the tag in the plaintext, too.
    const output = newSecret(outputBytes + tagBytes)
    const length = word(output.length)
    this.#held.push(iv, data, parameters)
    try {
      this.#call(perform, session, input, input.length, output, length)
      if (length.readBigUInt64LE() !== BigInt(outputBytes))
        throw new CryptokiError(perform, result.encryptedDataLengthRange)
      return output.subarray(0, outputBytes)
    } catch (error) {
      output.fill(0)
      throw error
    }
  }

  #list(name: 'C_GetSlotList' | 'C_GetMechanismList', first: Argument): bigint[] {
    const count = word()
    this.#call(name, first, null, count)
    const length = checkedSize(count, listMax)
    if (length === 0) return []
    const list = newSecret(length * 8)
    this.#call(name, first, list, count)
    return words(list, checkedSize(count, length))
  }

  #template(attributes: readonly Attribute[]): Buffer {
    this.#held.push(...attributes)
    return template(attributes, this.#addressOf)
  }

  readonly #addressOf = (buffer: Buffer) => this.#koffi.address(buffer)

  #call(name: FunctionName, ...given: Argument[]): void {
    const code = this.#answer(name, ...given)
    if (code !== result.ok) throw new CryptokiError(name, code)
  }

  #answer(name: FunctionName, ...given: Argument[]): number {
    const found = this.#calls.get(name)
    if (found === undefined || found.pointer === 0n) throw new CryptokiError(name, functionNotSupported)
    try {
      return Number(this.#koffi.call(found.pointer, found.type, ...given))
    } finally {
      this.#held.length = 0
    }
  }
}

/** CKR_FUNCTION_NOT_SUPPORTED. */
const functionNotSupported = 0x54

/** An input for AES-GCM: an IV of 12 bytes, associated data, and a plaintext or a ciphertext with its tag. */
export interface GcmWork {
  readonly iv: Buffer
  readonly data: Buffer
  readonly input: Buffer
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
