import { type Given, RootKeyProblem, ShareCollector } from '../../../hsm/index.ts'
import type { Quorum } from '../../../operator/index.ts'
import { FirstTimes, type Json, OperatorError } from '../../../std/index.ts'
import type { State } from '../state.ts'
import type { Front } from './front.ts'
import type { Gate, GateStatus, InitRequest } from './gate.ts'
import {
  isInitialized,
  type Keeper,
  type MadeRootKey,
  makeRootKey,
  quorumOf,
  type RootKeyInUse,
  recoverOrMake,
} from './keeper.ts'

/** The seconds between the attempts of a server that opens its root key by itself; the last one repeats. */
const retrySeconds = [5, 10, 20, 40, 60]

/** The parts that a `SealGate` works with. */
export interface SealGateOptions {
  readonly front: Front
  readonly keeper: Keeper
  /** The open side of a server that did not start sealed. */
  readonly state: State | undefined
  /** Opens the server with its root key. Leaves the sealed server as it was if it throws. */
  readonly open: (inUse: RootKeyInUse) => Promise<State>
  /** Resolves when the record of an event is on disk. */
  readonly record: (eventName: string, details: Readonly<Record<string, Json>>) => Promise<void>
  /** Finds the keeper again. */
  readonly findKeeper: (quorum: Quorum | undefined) => Promise<Keeper>
  /** Begins to close the server, after which a sealed one starts; undefined if that is not possible. */
  readonly restart: ((keeper: Keeper) => void) | undefined
  readonly onFailedAttempt: (error: unknown) => void
}

/** The gate of a server. It keeps the shares that were given as bytes, and wipes them after each attempt. */
export class SealGate implements Gate {
  readonly #options: SealGateOptions
  #keeper: Keeper
  #state: State | undefined
  /** Whether the process is about to be replaced. A change of the root key would not reach the new one. */
  #isSealing = false
  #collector: ShareCollector | undefined
  #problem: string | undefined
  #retrying: NodeJS.Timeout | undefined
  readonly #reported = new FirstTimes()
  /** Resolves when the work before has ended. */
  #last: Promise<void> = Promise.resolve()

  constructor(options: SealGateOptions) {
    this.#options = options
    this.#keeper = options.keeper
    this.#state = options.state
    this.#collect()
  }

  get state(): State | undefined {
    return this.#isSealing ? undefined : this.#state
  }

  status(): GateStatus {
    const { keeper, rootKey } = this.#state?.inUse ?? { keeper: this.#keeper, rootKey: undefined }
    const { provider, envelope } = keeper
    const rootKeyId = rootKey?.id ?? envelope?.rootKeyId
    const shares = this.#state === undefined ? this.#collector?.count : undefined
    const quorum = quorumOf(envelope)
    return {
      state: this.#state !== undefined ? 'open' : isInitialized(keeper) ? 'sealed' : 'uninitialized',
      provider: provider.kind,
      opensItself: provider.opensItself,
      ...(quorum === undefined ? {} : { quorum }),
      ...(rootKeyId === undefined ? {} : { rootKeyId }),
      ...(shares === undefined ? {} : { shares }),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    }
  }

  init(request: InitRequest): Promise<{ readonly status: GateStatus; readonly shares?: readonly string[] }> {
    return this.#alone(async () => {
      try {
        const made = await this.#init(request)
        const { shares } = made
        if (shares === undefined) {
          await this.#open(made)
          return { status: this.status() }
        }
        made.rootKey.destroy()
        return { status: this.status(), shares }
      } finally {
        request.passphrase?.fill(0)
      }
    })
  }

  /** Nobody gets a root key whose making is not on record. */
  async #recordInit(made: RootKeyInUse): Promise<void> {
    try {
      await this.#options.record('InitializeRootKey', factsOf(made))
    } catch (error) {
      throw new OperatorError(
        `No root key is made, because the audit log cannot record it: ${(error as Error).message}. Make it writable, and repeat init.`,
      )
    }
  }

  async #init({ quorum, passphrase, isForced }: InitRequest): Promise<MadeRootKey> {
    const { front, findKeeper } = this.#options
    // Read again: an attempt to open the server may have made domain keys.
    const keeper = await findKeeper(quorum)
    const { hasDomainKeys, provider } = keeper
    if (hasDomainKeys)
      throw new OperatorError(
        `The data directory ${front.directory.path} has a root key. keyward operator rekey replaces it.`,
      )
    if (isInitialized(keeper) && isForced !== true)
      throw new OperatorError(
        'A root key was made, and protects nothing yet: keyward operator unseal opens it. To make a different one, use --force.',
      )
    if (provider.kind === 'file' && provider.exists())
      throw new OperatorError(`There is a root key: ${provider.description}. It is never replaced.`)
    if (quorum !== undefined && provider.kind !== 'shares')
      throw new OperatorError(`The root key is kept by ${provider.description}, which has no shares.`)
    const given = passphrase === undefined ? {} : { passphrase }
    const made = await makeRootKey(front, keeper, given, made => this.#recordInit(made))
    this.#keeper = made.keeper
    this.#collect()
    return made
  }

  give(secret: Buffer | undefined): Promise<GateStatus> {
    return this.#alone(async () => {
      try {
        const given = this.#state === undefined ? this.#gather(secret) : undefined
        if (given !== undefined)
          await this.#open(await recoverOrMake(this.#options.front, this.#keeper, given))
        return this.status()
      } finally {
        secret?.fill(0)
      }
    })
  }

  /** Returns the secrets that the provider needs; undefined while shares are missing. */
  #gather(secret: Buffer | undefined): Given | undefined {
    const { provider } = this.#keeper
    if (!provider.opensItself && !isInitialized(this.#keeper))
      throw new OperatorError('There is no root key yet. Make one with keyward operator init.')
    if (provider.opensItself) return {}
    if (this.#collector === undefined) return secret === undefined ? {} : { passphrase: secret }
    if (secret === undefined) throw new RootKeyProblem('NothingGiven', 'No share was given.')
    const { have, need } = this.#collector.add(secret)
    return have === need ? this.#collector.take() : undefined
  }

  forgetShares(): GateStatus {
    this.#collector?.reset()
    return this.status()
  }

  seal(): Promise<void> {
    return this.#alone(async () => {
      const { restart, record } = this.#options
      if (this.#state === undefined || this.#isSealing) return
      if (restart === undefined)
        throw new OperatorError(
          'This server cannot be sealed, because its process cannot be replaced. Stop it instead.',
        )
      await record('SealServer', factsOf(this.#state.inUse))
      this.#isSealing = true
      restart(this.#state.inUse.keeper)
    })
  }

  /** Tries to open the root key until it is open. For a provider that needs no operator. */
  retry(attempt = 0): void {
    const seconds = retrySeconds[Math.min(attempt, retrySeconds.length - 1)] ?? 0
    this.#retrying = setTimeout(() => void this.#retry(attempt), seconds * 1000)
  }

  async #retry(attempt: number): Promise<void> {
    try {
      await this.give(undefined)
    } catch (error) {
      this.#problem = error instanceof OperatorError ? error.message : 'an internal error; see the log'
      if (this.#reported.isFirst(String(error))) this.#options.onFailedAttempt(error)
      // A token locks its PIN after a few wrong ones, so an operator has to try again.
      const isWrongPin = error instanceof RootKeyProblem && error.code === 'WrongPin'
      if (this.#retrying !== undefined && !isWrongPin) this.retry(attempt + 1)
    }
  }

  /** Ends the attempts, waits for the work that is under way, and wipes the shares. */
  async close(): Promise<void> {
    clearTimeout(this.#retrying)
    this.#retrying = undefined
    await this.#last
    this.#collector?.reset()
  }

  /** Begins to collect the shares of the root key, if shares keep it. */
  #collect(): void {
    const { envelope } = this.#keeper
    this.#collector?.reset()
    this.#collector = envelope?.kind === 'shares' ? new ShareCollector(envelope) : undefined
  }

  async #open(inUse: RootKeyInUse): Promise<void> {
    this.#keeper = inUse.keeper
    this.#state = await this.#options.open(inUse)
    this.#problem = undefined
    clearTimeout(this.#retrying)
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    try {
      return await work()
    } finally {
      resolve()
    }
  }
}

/** The facts of a root key that a record has. */
export function factsOf({ rootKey, keeper }: RootKeyInUse): Readonly<Record<string, Json>> {
  return { provider: keeper.provider.kind, rootKeyId: rootKey.id }
}
