import type { Quorum } from '../../../operator/index.ts'
import type { State } from '../state.ts'

/** How a server stands: without a root key, with one that is not open, or open. */
export type SealState = 'uninitialized' | 'sealed' | 'open'

/** The status of a gate. It has no secret. */
export interface GateStatus {
  readonly state: SealState
  /** The kind of the provider of the root key. */
  readonly provider: 'file' | 'passphrase' | 'shares' | 'kms' | 'pkcs11'
  /** Whether the root key opens without an operator. */
  readonly opensItself: boolean
  readonly rootKeyId?: string
  /** How many shares the root key has, and how many of them open it; absent for other providers. */
  readonly quorum?: Quorum
  /** The shares that were given so far, and the number that opens the root key; absent for other providers and when open. */
  readonly shares?: { readonly have: number; readonly need: number }
  /** Why the last attempt to open the root key failed, for a server that tries by itself. */
  readonly problem?: string
}

/** How a root key is made. */
export interface InitRequest {
  /** For `shares:`: the number of shares, and how many of them open the root key. */
  readonly quorum?: Quorum
  /** For `passphrase:`. The gate wipes it. */
  readonly passphrase?: Buffer
  /** Replaces a root key that has protected nothing yet. */
  readonly isForced?: boolean
}

/**
 * The way from a sealed server to an open one and back. One of `init`, `give` and `seal` works at a time; a further call
 * waits for it.
 */
export interface Gate {
  status(): GateStatus
  /**
   * Makes the root key of a new data directory. A root key with a passphrase opens the server; one with shares returns
   * them, once, and the server stays sealed. Throws OperatorError.
   */
  init(request: InitRequest): Promise<{ readonly status: GateStatus; readonly shares?: readonly string[] }>
  /**
   * Gives a share or the passphrase, or tries once more with a provider that needs neither. Opens the server when that is
   * enough. The gate wipes the secret. Throws RootKeyProblem and OperatorError; the server is sealed then as before.
   */
  give(secret: Buffer | undefined): Promise<GateStatus>
  /** Forgets the shares that were given so far. */
  forgetShares(): GateStatus
  /**
   * Records that the server is sealed, and begins to close it. A new image of the process follows, which has never held the
   * root key. Throws OperatorError if the process cannot be replaced.
   */
  seal(): Promise<void>
  /** The open side of the server; undefined while it is sealed. */
  readonly state: State | undefined
}
