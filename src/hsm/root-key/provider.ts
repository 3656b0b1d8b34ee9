import type { ProviderKind, RootKeyEnvelope } from './envelope.ts'

/** The secrets that operators gave. The provider that gets them wipes them. */
export interface Given {
  readonly passphrase?: Buffer
  /** As `ShareCollector.take` returns them. */
  readonly shares?: readonly Buffer[]
}

/** A keeper of the root key. It wraps and unwraps the 32 bytes of the root key, and nothing else. */
export interface RootKeyProvider {
  readonly kind: ProviderKind
  /** For messages to the operator: a path, a key ARN, or the kind of secret. */
  readonly description: string
  /** Whether it needs no operator, as a file, a KMS and a token do not. */
  readonly opensItself: boolean
  /** The files with secrets, whose modes are checked. */
  readonly filePaths: readonly string[]
  /** Whether it keeps a root key that no envelope names: the file of a directory whose provider was never changed. */
  exists(): boolean
  /**
   * Protects a root key that was just made. `before` is the envelope of the root key that it replaces, if there is one. Nothing
   * that the provider keeps for `before` changes until `finish`. A root key that is not that of `before` is never replaced.
   * Throws OperatorError.
   */
  protect(rootKey: Buffer, given: Given, before?: RootKeyEnvelope): Promise<Protected>
  /**
   * Returns the 32 bytes, which the caller wipes, and changes nothing. The envelope is undefined for a database whose
   * root key always was in a file. Throws RootKeyProblem.
   */
  recover(envelope: RootKeyEnvelope | undefined, given: Given): Promise<Buffer>
  /**
   * Completes a change of root key that was interrupted, or moves its traces out of the way. `envelope` is that of the database, whose
   * data directory the caller has locked: a copy of the database must not decide. Returns the place of the root key that it put
   * aside, if there is one. Throws OperatorError; `recover` works all the same.
   */
  completeChange(envelope: RootKeyEnvelope | undefined): Promise<string | undefined>
  /**
   * Puts the root key with this id aside after a change to a different place. Returns the new place; undefined if it does not
   * keep that root key. Throws OperatorError.
   */
  setAside(rootKeyId: string): Promise<string | undefined>
}

/** Wipes what operators gave. */
export function wipeGiven({ passphrase, shares = [] }: Given): void {
  for (const secret of [passphrase, ...shares]) secret?.fill(0)
}

const nothing = async () => undefined

/** The members of a provider whose envelope is all that it keeps. */
export const keepsNothing = { exists: () => false, completeChange: nothing, setAside: nothing } as const

/** A root key under the protection of such a provider: the envelope is all there is. */
export const protectedBy = (envelope: RootKeyEnvelope, shares?: readonly string[]): Protected => ({
  envelope,
  ...(shares === undefined ? {} : { shares }),
  finish: nothing,
  undo: nothing,
})

/** A root key under the protection of a provider, before the commit that makes it the database's own. */
export interface Protected {
  readonly envelope: RootKeyEnvelope
  /** The new shares, one text an operator; they are shown once. */
  readonly shares?: readonly string[]
  /** Call it after the commit of the envelope. Returns as `completeChange` does. Throws OperatorError. */
  finish(): Promise<string | undefined>
  /** Call it if there is no commit. */
  undo(): Promise<void>
}

/** A different KMS, which encrypts the root key under one of its keys. */
export interface KeyService {
  /** Throws RootKeyProblem. */
  encrypt(plaintext: Buffer, context: Readonly<Record<string, string>>): Promise<Buffer>
  /** Throws RootKeyProblem. The caller wipes the plaintext. */
  decrypt(ciphertext: Buffer, context: Readonly<Record<string, string>>): Promise<Buffer>
}

/** Where a key service is, and how it is reached. */
export interface KeyServiceTarget {
  readonly keyArn: string
  readonly endpoint: URL
  /** A shared-credentials file; the SDK looks where it always does if undefined. */
  readonly credentialsPath: string | undefined
  /** A file of certificates in PEM that the service's certificate is checked with; those of Node if undefined. */
  readonly caPath: string | undefined
}

/** Opens a client of a key service. Throws RootKeyProblem. */
export type KeyServiceFactory = (target: KeyServiceTarget) => Promise<KeyService>

/** A key of a PKCS#11 token, which wraps the root key inside the token. */
export interface TokenKey {
  /** Makes the key if the token does not have it. Throws RootKeyProblem and OperatorError. */
  wrap(plaintext: Buffer, data: Buffer): Promise<Buffer>
  /** Throws RootKeyProblem and OperatorError. The caller wipes the plaintext. */
  unwrap(wrapped: Buffer, data: Buffer): Promise<Buffer>
}

/** Where a key of a token is, and how the user logs in to the token. */
export interface TokenTarget {
  /** The name of the PKCS#11 library in the configuration, or its absolute path. */
  readonly library: string
  /** The label of the token. */
  readonly token: string
  /** The label of the key. */
  readonly key: string
  /** The file of the user PIN. */
  readonly pinPath: string
}

/** Opens a key of a token. Throws OperatorError. */
export type TokenKeyFactory = (target: TokenTarget) => Promise<TokenKey>

/** The parts that a provider works with. */
export interface ProviderParts {
  /** The data directory; relative paths of the setting begin there. */
  readonly directory: string
  /** How many shares are made, and how many of them recover the root key; for `protect` by shares alone. */
  readonly quorum?: { readonly shares: number; readonly threshold: number } | undefined
  readonly keyService: KeyServiceFactory
  readonly tokenKey: TokenKeyFactory
}
