import type { TokenDescription } from '../pkcs11/slots.ts'
import type { PinSource } from '../pkcs11/token-library.ts'

/** The place of a token. */
export interface TokenAddress {
  /** The path of its PKCS#11 library. */
  readonly path: string
  /** The variables of the library's process that lead to the token. They are a part of its name. */
  readonly environment: Readonly<Record<string, string>>
  readonly label: string
}

/** The name of a key in every token of a cluster. */
export interface TokenKeyName {
  /** CKA_LABEL: the ARN of the KMS key, so that an operator finds it. */
  readonly label: string
  /** CKA_ID, as hex: the id of the key material. */
  readonly id: string
}

/** The result of AES-GCM in a token. */
export interface TokenCiphertext {
  /** 12 bytes; up to 16 if the token makes it. */
  readonly iv: Buffer
  /** Ends with the tag of 16 bytes. */
  readonly ciphertext: Buffer
}

/** A token that its user is logged in to, as it works with AES-GCM. */
export interface TokenAbilities {
  /** Manufacturer, model and firmware version. Tokens of one make behave in one way. */
  readonly make: string
  /**
   * `given`: the caller chooses the initialization vector. `random`, `counted`: the token insists on making it, and several of them look random,
   * or like a counter.
   */
  readonly ivs: 'given' | 'random' | 'counted'
}

/** The attributes of a key in a token that say what can be done to it. One that the token does not report is absent. */
export type TokenKeyFlags = Readonly<
  Partial<
    Record<
      | 'local'
      | 'sensitive'
      | 'alwaysSensitive'
      | 'extractable'
      | 'neverExtractable'
      | 'wrapWithTrusted'
      | 'trusted'
      | 'modifiable'
      | 'copyable'
      | 'private'
      | 'encrypt'
      | 'decrypt'
      | 'wrap'
      | 'unwrap'
      | 'sign'
      | 'signRecover'
      | 'verify'
      | 'derive',
      boolean
    >
  >
>

/** A key in a token. */
export interface TokenKey extends TokenKeyName {
  readonly class: 'secret' | 'private' | 'public'
  /** CKA_KEY_TYPE by its name in PKCS#11 without the prefix, such as AES or RSA; its number in hex if it has none here. */
  readonly type: string
  readonly flags: TokenKeyFlags
  /** SHA-256 of the public key (SubjectPublicKeyInfo in DER), as hex; undefined for a key that is not RSA. */
  readonly fingerprint: string | undefined
}

/** The public half of the RSA key of a token under which other tokens wrap the keys that they share with it. */
export interface TransportKey {
  /** Big-endian, without a leading zero byte. */
  readonly modulus: Buffer
  readonly exponent: Buffer
  /** SHA-256 of SubjectPublicKeyInfo, as hex. */
  readonly fingerprint: string
}

/**
 * One token, and all that is done to it. The process behind it may end at any time: the calls under way reject with TokenProblem `Away`, and
 * so do all calls from then on. A new gateway is opened then, and logs in again. The methods reject with TokenProblem.
 */
export interface TokenGateway {
  /** Whether the process is there. */
  readonly isOpen: boolean
  /** The process ids of the library, for tests and for the log. */
  readonly processId: number | undefined
  /** Needs no login. */
  describe(): Promise<TokenDescription>
  /** Logs the user in. `WrongPin`, `PinLocked`, `PinNotSet` and `OtherUser` say that the token was there and refused. */
  login(source: PinSource): Promise<void>
  /** Changes the PIN of the user. The caller wipes both. */
  changePin(old: Uint8Array, next: Uint8Array): Promise<void>
  /** Tries AES-GCM with a session key. `Refused` if the token has none. */
  abilities(): Promise<TokenAbilities>
  /** Every secret, private and public key, in the order in which the token has them. */
  keys(): Promise<readonly TokenKey[]>
  /** Makes an AES-256 key. One that is not shared is never extractable; a shared one leaves only under a trusted key. */
  makeKey(name: TokenKeyName, isShared: boolean): Promise<void>
  /** Destroys a key, if there is one. Resolves when a fresh search finds none. */
  destroyKey(name: TokenKeyName): Promise<void>
  /** The transport key of this token, read from the private key after its attributes were checked; undefined if there is none. `UnfitKey` */
  transportKey(): Promise<TransportKey | undefined>
  makeTransportKey(): Promise<TransportKey>
  /** Wraps a shared key under a public key that is TRUSTED here (RSA-OAEP). `NoKey`, `NotTrusted` */
  wrapKey(name: TokenKeyName, trustedFingerprint: string): Promise<Buffer>
  /** Makes a shared key from what another token wrapped under the transport key of this one, and checks its attributes. `UnfitKey` */
  unwrapKey(name: TokenKeyName, wrapped: Uint8Array): Promise<void>
  /** Tries to take a shared key out in each way that a user has. Resolves to the way that works, as a part of a sentence, or to undefined. */
  leak(): Promise<string | undefined>
  /**
   * `iv` is undefined for a token that makes it. `NoKey`, `SeveralKeys`, `UnfitKey`. If the key that was used until now is gone, the process
   * ends: a different key may have its name, which no call may use unchecked.
   */
  encrypt(
    name: TokenKeyName,
    iv: Uint8Array | undefined,
    plaintext: Uint8Array,
    associatedData: Uint8Array,
  ): Promise<TokenCiphertext>
  /** The caller wipes the plaintext. Problems as of `encrypt`, and `Undecryptable` */
  decrypt(name: TokenKeyName, sealed: TokenCiphertext, associatedData: Uint8Array): Promise<Buffer>
  random(sizeBytes: number): Promise<Buffer>
  /** Ends the process. */
  close(): Promise<void>
}

/** The security officer of a token, in a process of its own. The methods reject with TokenProblem. */
export interface TokenCeremony {
  login(source: PinSource): Promise<void>
  /** Makes the public half of another token's transport key a trusted wrapping key of this token. */
  trust(key: TransportKey, label: string): Promise<void>
  close(): Promise<void>
}

/** Opens tokens. The signal ends a process that is still starting. */
export interface TokenGateways {
  /** Starts the process of a token. Rejects with TokenProblem `NotLoaded` or `Away`. */
  open(address: TokenAddress, signal?: AbortSignal): Promise<TokenGateway>
  openCeremony(address: TokenAddress, signal?: AbortSignal): Promise<TokenCeremony>
}
