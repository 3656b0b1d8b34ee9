import { RootKeyProblem } from '../../../hsm/index.ts'
import { OperatorError } from '../../../std/index.ts'
import type { Base } from '../base.ts'
import type { Front } from './front.ts'
import { isInitialized, type Keeper, type RootKeyInUse, recoverOrMake } from './keeper.ts'

/** How often a passphrase is asked for on the terminal. */
const attemptsMax = 3

/** The help that a server gets from the program that starts it. */
export interface StartHelp {
  /** Whether the server starts sealed, even if its root key needs no operator. */
  readonly isSealed?: boolean
  /** Asks for the passphrase, twice for a new one. Absent if there is nobody to ask. The server wipes it. */
  readonly askPassphrase?: ((isNew: boolean) => Promise<Buffer>) | undefined
  /** Called with what the start did to the data directory, a sentence. The start may still fail after it. */
  readonly announce?: (text: string) => void
  /** Called with the reason why a passphrase is asked for again. */
  readonly reportProblem?: (text: string) => void
  /**
   * Replaces the process by a new image of the program, which starts sealed at the same addresses. `rootKey` is the value of
   * KEYWARD_ROOT_KEY that must replace the configured one, after a change of who keeps the root key. Absent if the program
   * cannot be replaced.
   */
  readonly restartSealed?: ((addresses: Addresses, rootKey: string | undefined) => void) | undefined
}

/** The URLs of a server; undefined for what it does not serve. */
export interface Addresses {
  readonly plainUrl: string | undefined
  readonly tlsUrl: string | undefined
  readonly metricsUrl: string | undefined
}

/** The text about a change of the root key that was interrupted. Older backups need the old root key. */
export const putAsideText = 'the last change of the root key is complete; the old one was put aside'

/**
 * Completes a change of the root key that was interrupted. Only the start of a server does: the database of a command may be a
 * copy, whose root key is not the one in use. A server whose files cannot be moved opens from where they are.
 */
export async function completeRootKeyChange(
  { log }: Pick<Base, 'log'>,
  { provider, envelope }: Keeper,
): Promise<void> {
  try {
    const oldRootKey = await provider.completeChange(envelope)
    if (oldRootKey !== undefined) log.warn({ oldRootKey }, putAsideText)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    log.error({ err: error }, 'the last change of the root key cannot be completed, and stays as it is')
  }
}

/**
 * Opens the root key of a server that starts, if that needs no operator, or one who sits at the terminal. Returns undefined
 * if the server starts sealed. Throws OperatorError.
 */
export async function openAtStart(
  { log }: Base,
  front: Front,
  keeper: Keeper,
  { isSealed, askPassphrase, reportProblem }: StartHelp,
): Promise<RootKeyInUse | undefined> {
  const { provider } = keeper
  if (isSealed === true) return undefined
  if (provider.opensItself) {
    try {
      return await recoverOrMake(front, keeper, {})
    } catch (error) {
      if (!isUnreachable(error)) throw error
      log.error({ err: error }, 'the root key cannot be opened; the server starts sealed, and tries again')
      return undefined
    }
  }
  if (provider.kind !== 'passphrase' || askPassphrase === undefined) return undefined
  for (let attempt = 1; ; attempt++) {
    const passphrase = await askPassphrase(!isInitialized(keeper))
    try {
      return await recoverOrMake(front, keeper, { passphrase })
    } catch (error) {
      const isWrong = error instanceof RootKeyProblem && error.code === 'WrongPassphrase'
      if (!isWrong || attempt === attemptsMax) throw error
      reportProblem?.(error.message)
    }
  }
}

/** Whether a different KMS or a token did not answer: it may come back, and any other error is the operator's to repair. */
export const isUnreachable = (error: unknown) =>
  error instanceof RootKeyProblem && error.code === 'KeyServiceUnreachable'
