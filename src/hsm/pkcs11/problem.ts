/** The reasons why a token does not do what it was asked for. */
export const tokenProblemCodes = [
  /** The library cannot be loaded, or the binding is not installed. */
  'NotLoaded',
  /** The library, the device or the token does not answer; it may come back. */
  'Away',
  'WrongPin',
  'PinLocked',
  /** The token has no user yet. */
  'PinNotSet',
  /** Somebody else is logged in to the token. */
  'OtherUser',
  'NoKey',
  'SeveralKeys',
  'AmbiguousToken',
  /** The key has attributes that make it unfit. */
  'UnfitKey',
  /** No trusted key of the token has this fingerprint. */
  'NotTrusted',
  /** Too much work waits for the token. */
  'Busy',
  /** A ciphertext does not decrypt under this key with this associated data. */
  'Undecryptable',
  /** Any other refusal of the token. */
  'Refused',
] as const

/** A reason why a token does not do what it was asked for. */
export type TokenProblemCode = (typeof tokenProblemCodes)[number]

/** A token that does not do what it was asked for. The message is a part of a sentence, and has nothing that was given. */
export class TokenProblem extends Error {
  readonly code: TokenProblemCode

  constructor(code: TokenProblemCode, message: string) {
    super(message)
    this.code = code
  }
}
