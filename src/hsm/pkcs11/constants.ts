// The numbers of PKCS#11 that are used here (OASIS, PKCS #11 Cryptographic Token Interface Base Specification 2.40, annex B).

/** CKF_: flags of slots, tokens and sessions, and of C_Initialize. */
export const flag = {
  osLockingOk: 2n,
  userPinInitialized: 0x8n,
  tokenInitialized: 0x400n,
  userPinCountLow: 0x10000n,
  userPinFinalTry: 0x20000n,
  userPinLocked: 0x40000n,
  rwSession: 2n,
  serialSession: 4n,
} as const

/** CKA_: attributes of objects. */
export const attribute = {
  class: 0x0,
  token: 0x1,
  private: 0x2,
  label: 0x3,
  value: 0x11,
  trusted: 0x86,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  wrap: 0x106,
  unwrap: 0x107,
  sign: 0x108,
  signRecover: 0x109,
  verify: 0x10a,
  derive: 0x10c,
  modulus: 0x120,
  modulusBits: 0x121,
  publicExponent: 0x122,
  valueLength: 0x161,
  extractable: 0x162,
  local: 0x163,
  neverExtractable: 0x164,
  alwaysSensitive: 0x165,
  modifiable: 0x170,
  copyable: 0x171,
  wrapWithTrusted: 0x210,
  unwrapTemplate: 0x4000_0212,
} as const

/** CKO_PUBLIC_KEY, CKO_PRIVATE_KEY and CKO_SECRET_KEY. */
export const [publicKeyClass, privateKeyClass, secretKeyClass] = [2n, 3n, 4n]
/** CKK_RSA and CKK_AES. */
export const [rsaKeyType, aesKeyType] = [0n, 0x1fn]
/** CKU_SO and CKU_USER. */
export const [officerType, userType] = [0n, 1n]

/** CKM_: the mechanisms that matter here. */
export const mechanism = {
  rsaPairGeneration: 0n,
  rsaPkcs: 1n,
  rsaOaep: 9n,
  aesKeyGeneration: 0x1080n,
  aesGcm: 0x1087n,
  aesEcbEncryptData: 0x1104n,
  aesKeyWrap: 0x2109n,
  aesKeyWrapPad: 0x210an,
} as const

/** CKR_: the results that are handled by themselves. */
export const result = {
  ok: 0,
  generalError: 0x5,
  functionFailed: 0x6,
  attributeSensitive: 0x11,
  attributeTypeInvalid: 0x12,
  encryptedDataInvalid: 0x40,
  encryptedDataLengthRange: 0x41,
  keyHandleInvalid: 0x60,
  mechanismParameterInvalid: 0x71,
  objectHandleInvalid: 0x82,
  pinIncorrect: 0xa0,
  pinInvalid: 0xa1,
  pinLengthRange: 0xa2,
  pinLocked: 0xa4,
  sessionCount: 0xb1,
  userAlreadyLoggedIn: 0x100,
  userPinNotInitialized: 0x102,
  userAnotherAlreadyLoggedIn: 0x104,
  userTooManyTypes: 0x105,
  bufferTooSmall: 0x150,
} as const

/**
 * The results after which the library, the device or the session is in question, and a new process may help: CKR_SLOT_ID_INVALID,
 * CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, CKR_DEVICE_*, CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID, CKR_SESSION_*,
 * CKR_TOKEN_NOT_*, CKR_USER_NOT_LOGGED_IN and CKR_CRYPTOKI_NOT_INITIALIZED. SoftHSM2 answers with these for a token that went away.
 */
export const awayResults: ReadonlySet<number> = new Set([
  ...[0x2, 0x3, 0x5, 0x6, 0x30, 0x31, 0x32, 0x60, 0x82, 0xb0, 0xb1, 0xb3, 0xe0, 0xe1, 0x101, 0x190],
])

/** The results of a login that did not reach a token: CKR_DEVICE_REMOVED, CKR_SESSION_CLOSED, CKR_SESSION_HANDLE_INVALID and CKR_TOKEN_NOT_*. */
export const goneResults: ReadonlySet<number> = new Set([0x32, 0xb0, 0xb3, 0xe0, 0xe1])
