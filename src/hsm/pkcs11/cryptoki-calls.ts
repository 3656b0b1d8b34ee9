import type { Koffi } from './binding.ts'
import { result } from './constants.ts'
import { type Attribute, template, word } from './structures.ts'

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
  C_SetPIN: [11, 'ulong session, void *old, ulong oldLength, void *next, ulong nextLength'],
  C_OpenSession: [12, 'ulong slot, ulong flags, void *application, void *notify, void *session'],
  C_Login: [18, 'ulong session, ulong user, void *pin, ulong pinLength'],
  C_CreateObject: [20, 'ulong session, void *template, ulong count, void *object'],
  C_CopyObject: [21, 'ulong session, ulong object, void *template, ulong count, void *copy'],
  C_DestroyObject: [22, 'ulong session, ulong object'],
  C_GetAttributeValue: [24, 'ulong session, ulong object, void *template, ulong count'],
  C_SetAttributeValue: [25, 'ulong session, ulong object, void *template, ulong count'],
  C_FindObjectsInit: [26, 'ulong session, void *template, ulong count'],
  C_FindObjects: [27, 'ulong session, void *objects, ulong max, void *count'],
  C_FindObjectsFinal: [28, 'ulong session'],
  C_EncryptInit: [29, 'ulong session, void *mechanism, ulong key'],
  C_Encrypt: [30, 'ulong session, void *data, ulong length, void *output, void *outputLength'],
  C_DecryptInit: [33, 'ulong session, void *mechanism, ulong key'],
  C_Decrypt: [34, 'ulong session, void *data, ulong length, void *output, void *outputLength'],
  C_GenerateKey: [58, 'ulong session, void *mechanism, void *template, ulong count, void *key'],
  C_GenerateKeyPair: [
    59,
    'ulong session, void *mechanism, void *template, ulong count, void *own, ulong ownCount, void *key, void *ownKey',
  ],
  C_WrapKey: [60, 'ulong session, void *mechanism, ulong under, ulong key, void *output, void *outputLength'],
  C_UnwrapKey: [
    61,
    'ulong session, void *mechanism, ulong under, void *input, ulong length, void *template, ulong count, void *key',
  ],
  C_DeriveKey: [62, 'ulong session, void *mechanism, ulong base, void *template, ulong count, void *key'],
  C_GenerateRandom: [64, 'ulong session, void *output, ulong length'],
} as const

/** The name of a function of the library. */
export type FunctionName = keyof typeof functions
/** A value for a function. */
export type Argument = Buffer | bigint | number | null

/** CKR_FUNCTION_NOT_SUPPORTED. */
const functionNotSupported = 0x54

/** The functions of a PKCS#11 library that is loaded into this process. Each call blocks until the library answers. */
export class CryptokiCalls {
  readonly #koffi: Koffi
  readonly #functions = new Map<FunctionName, (...given: Argument[]) => number | bigint>()
  /** Keeps what the call under way has addresses of. */
  readonly #held: Buffer[] = []

  /** Throws the error of the loader. */
  constructor(koffi: Koffi, path: string) {
    this.#koffi = koffi
    const out = word()
    const code = koffi.load(path).func('ulong C_GetFunctionList(void *out)')(out) as number
    const list = out.readBigUInt64LE()
    if (code !== result.ok || list === 0n) throw new CryptokiError('C_GetFunctionList', code)
    for (const [name, [place, parameters]] of Object.entries(functions)) {
      // A CK_VERSION of two bytes stands before the pointers.
      const pointer = BigInt(koffi.decode(list, 8 + 8 * place, 'uint64') as bigint | number)
      if (pointer === 0n) continue
      const call: unknown = koffi.decode(pointer, koffi.proto(`ulong (${parameters})`))
      this.#functions.set(name as FunctionName, call as (...given: Argument[]) => number)
    }
  }

  /** Calls a function. Throws CryptokiError. */
  call(name: FunctionName, ...given: Argument[]): void {
    const code = this.answer(name, ...given)
    if (code !== result.ok) throw new CryptokiError(name, code)
  }

  /** Calls a function; returns its CKR_ number. */
  answer(name: FunctionName, ...given: Argument[]): number {
    const found = this.#functions.get(name)
    if (found === undefined) throw new CryptokiError(name, functionNotSupported)
    try {
      return Number(found(...given))
    } finally {
      this.#held.length = 0
    }
  }

  /** Returns an array of CK_ATTRIBUTE for the next call. */
  template(attributes: readonly Attribute[]): Buffer {
    return template(attributes, this.addressOf)
  }

  /** Keeps a buffer until the next call has ended. */
  hold(buffer: Buffer): void {
    this.#held.push(buffer)
  }

  /** Returns the address of a buffer, which is kept until the next call has ended. */
  readonly addressOf = (buffer: Buffer): bigint => {
    this.hold(buffer)
    return this.#koffi.address(buffer)
  }
}
