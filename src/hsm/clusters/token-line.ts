import { ClusterFailure } from '../../domain/index.ts'
import { monotonicMillis } from '../../std/index.ts'
import type { LoginLimit } from '../pkcs11/login-limit.ts'
import { TokenProblem } from '../pkcs11/problem.ts'
import { FairQueue } from '../queues/fair-queue.ts'
import { inTurn } from '../queues/in-turn.ts'
import type { Requester } from '../requester.ts'
import type { ClusterKey, ClusterToken } from './cluster-options.ts'
import { type Candidate, openWith } from './joining/token-login.ts'
import { tokenKeyNameOf, verifyKey } from './key-check.ts'
import type {
  TokenAbilities,
  TokenGateway,
  TokenGateways,
  TokenKeyName,
  TransportKey,
} from './token-gateway.ts'

/** The calls of one token that run at the same time: as many as its sessions can have before them. */
const queueLimits = { runningMax: 32, waitingMax: 1000 }

/** `away`: nobody is logged in. `joining`: it is made equal to the others. `refused`: somebody must do something first. */
export const tokenStates = ['away', 'joining', 'serving', 'refused'] as const
/** The state of a token. */
export type TokenState = (typeof tokenStates)[number]

/** A token as it was found when it joined. */
export interface TokenFindings {
  readonly serial: string
  readonly abilities: TokenAbilities
  /** Undefined in a cluster of one token, which shares nothing. */
  readonly transport: TransportKey | undefined
  readonly keys: Iterable<TokenKeyName>
  /** The fingerprints of the transport keys that the token trusts. */
  readonly trusted: Iterable<string>
}

/** A call of a token. */
export interface TokenTurn {
  readonly waiter: Pick<Requester, 'accountId' | 'signal'>
  /** The moment of `monotonicMillis` at which nobody waits any more. */
  readonly deadline: number
}

/** One token of the cluster of a custom key store: its process, and what is known of it as long as that lives. */
export class TokenLine {
  readonly address: ClusterToken
  readonly #gateways: TokenGateways
  readonly #limit: LoginLimit
  readonly #queue = new FairQueue(queueLimits)
  /** The keys under our names in the token. `bad`: something is wrong with it, and only an operator may remove it. */
  readonly #keys = new Map<string, 'found' | 'right' | 'bad'>()
  /** Called when the token was serving, and went away. */
  readonly #onLost: (reason: string) => void
  #gateway: TokenGateway | undefined
  #findings: TokenFindings | undefined
  #state: TokenState = 'away'
  readonly #closing = new AbortController()
  /** The fingerprints of the transport keys that the token trusts. */
  readonly trusted = new Set<string>()
  /** Whether the token has the next password of one that is being changed. */
  hasNextPassword = false
  /** The processes that were started. */
  starts = 0

  constructor(
    address: ClusterToken,
    surroundings: { readonly gateways: TokenGateways; readonly limit: LoginLimit },
    onLost: (reason: string) => void,
  ) {
    this.address = address
    this.#gateways = surroundings.gateways
    this.#limit = surroundings.limit
    this.#onLost = onLost
  }

  /** The label of the token and its library, for people. */
  get label(): string {
    const { label, library } = this.address
    return library === undefined ? label : `${label} of ${library}`
  }

  /** Aborts when the token is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** The state of the token. */
  get state(): TokenState {
    return this.#state
  }

  /** The findings of its join. Throws TokenProblem `Away` if it has not. */
  get findings(): TokenFindings {
    if (this.#findings === undefined) throw new TokenProblem('Away', `${this.label} has not joined`)
    return this.#findings
  }

  /** Says that the token is about to join. */
  expect(): void {
    this.#forget()
    this.#state = 'joining'
  }

  /** Starts a process and logs in, as `openWith`. The token joins from then on. Rejects with TokenProblem. */
  async enter(candidates: readonly Candidate[], isTaken: boolean): Promise<void> {
    this.expect()
    if (this.closing.aborted) throw closed()
    this.starts++
    try {
      const { closing } = this
      const [gateways, limit] = [this.#gateways, this.#limit]
      const terms = { isTaken, signal: closing }
      const { gateway, isNext } = await openWith(gateways, this.address, limit, candidates, terms)
      if (closing.aborted) {
        await gateway.close()
        throw closed()
      }
      this.#gateway = gateway
      this.hasNextPassword = isNext
    } catch (error) {
      this.#state = 'away'
      throw error
    }
  }

  /**
   * Changes the password, and logs in again with the new one in a fresh process, because the process that has changed it may keep the old one.
   * Rejects with TokenProblem.
   */
  async changePassword(old: Buffer, next: Buffer): Promise<void> {
    await this.use(gateway => gateway.changePin(old, next))
    await this.leave('joining')
    try {
      await this.enter([{ password: next, isNext: true }], true)
    } catch (error) {
      // Nobody has given a wrong password.
      if (!(error instanceof TokenProblem) || error.code !== 'WrongPin') throw error
      throw new TokenProblem('Refused', 'it does not take the password that it was given')
    }
  }

  /** Remembers what was found when it joined. */
  found(findings: TokenFindings): void {
    this.#findings = findings
    for (const name of findings.keys) this.#keys.set(textOf(name), 'found')
    for (const fingerprint of findings.trusted) this.trusted.add(fingerprint)
  }

  /** Begins to serve after the join. */
  serve(): void {
    if (this.#state === 'joining') this.#state = 'serving'
  }

  /** Ends the process, and starts no other one. */
  close(): Promise<void> {
    this.#closing.abort()
    return this.leave('away')
  }

  /** Ends the process. */
  async leave(state: TokenState): Promise<void> {
    const gateway = this.#gateway
    this.#forget()
    this.#state = state
    await gateway?.close()
  }

  /** Does work in the token now. Rejects with TokenProblem; after `Away` the token is away. */
  async use<T>(work: (gateway: TokenGateway) => Promise<T>): Promise<T> {
    const gateway = this.#gateway
    if (gateway === undefined) throw new TokenProblem('Away', `${this.label} is away`)
    try {
      return await work(gateway)
    } catch (error) {
      if (error instanceof TokenProblem && error.code === 'Away' && this.#gateway === gateway) {
        const hasServed = this.#state === 'serving'
        // Its process may be there, and hang.
        this.leave('away').catch(() => undefined)
        if (hasServed) this.#onLost(error.message)
      }
      throw error
    }
  }

  /** Does work of a call when it is its turn. Rejects as `use`, with TooMuchWaiting, with Abandoned, and with ClusterFailure `late`. */
  useInTurn<T>({ waiter, deadline }: TokenTurn, work: (gateway: TokenGateway) => Promise<T>): Promise<T> {
    const late = () => new ClusterFailure('late', `it was not the turn of the call in ${this.label} in time`)
    return inTurn(this.#queue, { waiter, deadline, late }, () => {
      if (monotonicMillis() >= deadline) throw late()
      return this.use(work)
    })
  }

  /** Whether the token has the key, as far as is known. */
  hasKey(key: ClusterKey): boolean {
    const state = this.#keys.get(nameOf(key))
    return state === 'found' || state === 'right'
  }

  /** Whether the token has nothing under the name of the key. */
  lacksKey(key: ClusterKey): boolean {
    return !this.#keys.has(nameOf(key))
  }

  /** Resolves when the key in the token is known to be the right one. Rejects with TokenProblem. */
  async checkKey(key: ClusterKey): Promise<void> {
    const name = nameOf(key)
    if (this.#keys.get(name) === 'right') return
    await this.use(gateway => verifyKey(gateway, key))
    if (this.#keys.has(name)) this.#keys.set(name, 'right')
  }

  /** Remembers a key that was made here, or carried here and verified. */
  addKey(key: ClusterKey): void {
    this.#keys.set(nameOf(key), 'right')
  }

  /** Remembers that the token does not have the key, or has a wrong one under its name. */
  removeKey(key: Pick<ClusterKey, 'binding'>, isBad = false): void {
    if (isBad) this.#keys.set(nameOf(key), 'bad')
    else this.#keys.delete(nameOf(key))
  }

  #forget(): void {
    this.#gateway = undefined
    this.#findings = undefined
    this.#keys.clear()
    this.trusted.clear()
  }
}

const closed = () => new TokenProblem('Away', 'the custom key store was disconnected')

const textOf = ({ label, id }: TokenKeyName) => `${label} ${id}`

const nameOf = ({ binding }: Pick<ClusterKey, 'binding'>) => textOf(tokenKeyNameOf(binding))
