/** The reasons why a token does not do what it was asked for. */
export type TokenProblemCode =
  /** The library cannot be loaded, or the binding is not installed. */
  | 'NotLoaded'
  /** The library, the device or the token does not answer; it may come back. */
  | 'Away'
  | 'WrongPin'
  | 'PinLocked'
  | 'NoKey'
  | 'SeveralKeys'
  | 'AmbiguousToken'
  /** The key has attributes that make it unfit. */
  | 'UnfitKey'
  /** A ciphertext does not decrypt under this key with this associated data. */
  | 'Undecryptable'
  /** Any other refusal of the token. */
  | 'Refused'

/** All reasons. */
export const tokenProblemCodes: readonly TokenProblemCode[] = [
  ...(['NotLoaded', 'Away', 'WrongPin', 'PinLocked', 'NoKey', 'SeveralKeys', 'AmbiguousToken'] as const),
  ...(['UnfitKey', 'Undecryptable', 'Refused'] as const),
]

/** A token that does not do what it was asked for. The message is a part of a sentence, and has nothing that was given. */
export class TokenProblem extends Error {
  readonly code: TokenProblemCode

  constructor(code: TokenProblemCode, message: string) {
    super(message)
    this.code = code
  }
}
