import { OperatorError } from '../../std/index.ts'

/** The reasons why a root key is not recovered. */
export type ProblemCode =
  | 'WrongPassphrase'
  | 'WrongShare'
  | 'ShareTwice'
  | 'ForeignShare'
  | 'UnreadableShare'
  | 'TooFewShares'
  | 'WrongRootKey'
  | 'KeyServiceUnreachable'
  | 'KeyServiceRefused'
  | 'WrongPin'
  | 'NothingGiven'

/** A root key that is not recovered, and why. The message holds nothing that an operator gave. */
export class RootKeyProblem extends OperatorError {
  readonly code: ProblemCode

  constructor(code: ProblemCode, message: string) {
    super(message)
    this.code = code
  }
}
