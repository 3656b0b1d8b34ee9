import { setTimeout as sleep } from 'node:timers/promises'
import {
  ClusterFailure,
  type ConnectionErrorCode,
  kmsuserSecretName,
  nextKmsuserSecretName,
} from '../../domain/index.ts'
import { TokenProblem, type TokenProblemCode } from '../pkcs11/problem.ts'
import { ClusterMembers, type Surroundings } from './cluster-members.ts'
import type { ClusterStore, HsmCluster } from './cluster-options.ts'
import { admit } from './joining/admission.ts'
import type { Candidate } from './joining/token-login.ts'
import type { TokenLine } from './token-line.ts'

const rejoinMillisDefault = [1000, 2000, 5000, 10_000, 30_000] as const
/** How often tokens are asked whether they are there, because nobody may call. */
const probeMillis = 10_000

/** The result of connecting a custom key store. */
export type Connection =
  | {
      readonly errorCode: undefined
      /** The tokens that serve. */
      readonly tokens: number
      /** Whether every token of the cluster has the next password, so that it can take the place of the password. */
      readonly isPasswordEverywhere: boolean
    }
  | { readonly errorCode: ConnectionErrorCode; readonly reason: string }

/** The way to the cluster of one custom key store: it connects, and keeps the tokens joined. */
export class ClusterLine {
  readonly members: ClusterMembers
  readonly #surroundings: Surroundings
  readonly #closing = new AbortController()
  readonly #probe: NodeJS.Timeout

  constructor(store: ClusterStore, cluster: HsmCluster, surroundings: Surroundings) {
    const { accountId, region, customKeyStoreId } = store
    this.members = new ClusterMembers({ accountId, region, customKeyStoreId }, cluster, surroundings)
    this.#surroundings = surroundings
    this.#probe = setInterval(() => this.#askAll(), probeMillis).unref()
  }

  /** Joins all tokens in the background, again and again. */
  open(): void {
    // Calls wait for a token that joins, not for one that is away.
    for (const token of this.members.tokens) token.expect()
    this.#keepAll()
  }

  /**
   * Logs in to all tokens that are there, changes their password to the next one and joins them. `beginChange` stores a next password, and
   * is called if there is none, before the first token gets it.
   */
  async connect(store: ClusterStore, beginChange: () => Promise<ClusterStore>): Promise<Connection> {
    try {
      await this.#withPasswords(store, candidates =>
        this.#each('away', token => token.enter(candidates, false)),
      )
      if (this.members.count('joining') === 0)
        return { errorCode: 'INSUFFICIENT_CLOUDHSM_HSMS', reason: 'no HSM of the cluster is there' }
      const changed = store.cluster.wrappedNextPassword === undefined ? await beginChange() : store
      await this.#each('joining', token => this.#giveNextPassword(changed, token))
      for (const token of this.members.tokens)
        await this.#each('joining', one => admit(this.members, one), [token])
    } catch (error) {
      return { errorCode: connectionCodeOf(error), reason: (error as Error).message }
    }
    const tokens = this.members.serving.length
    if (tokens === 0) return { errorCode: 'NETWORK_ERRORS', reason: 'no HSM of the cluster has answered' }
    this.#keepAll()
    return { errorCode: undefined, tokens, isPasswordEverywhere: this.#isPasswordEverywhere }
  }

  /** Logs out of all tokens, and ends their processes. */
  async close(): Promise<void> {
    clearInterval(this.#probe)
    this.#closing.abort()
    const closed = new ClusterFailure('notConnected', 'the custom key store was disconnected')
    this.members.changes.close(closed)
    const left = this.members.tokens.map(token => token.close())
    this.members.notify()
    await Promise.all(left)
  }

  get #isPasswordEverywhere(): boolean {
    return this.members.tokens.every(({ hasNextPassword }) => hasNextPassword)
  }

  /** Does work with all tokens in a state. Tokens that are away are left out; any other problem rejects when all are done. */
  async #each(
    state: TokenLine['state'],
    work: (token: TokenLine) => Promise<void>,
    tokens = this.members.tokens,
  ): Promise<void> {
    const chosen = tokens.filter(token => token.state === state)
    const done = await Promise.allSettled(chosen.map(work))
    for (const [index, outcome] of done.entries()) {
      const token = chosen[index] as TokenLine
      if (outcome.status === 'fulfilled') continue
      const { reason: error } = outcome
      await token.leave('away')
      const isAway = error instanceof TokenProblem && awayCodes.has(error.code)
      this.members.report(token, { kind: isAway ? 'away' : 'refused', reason: (error as Error).message })
      if (!isAway) throw error
    }
  }

  #keepAll(): void {
    for (const token of this.members.tokens)
      this.#keep(token).catch((error: Error) =>
        this.members.report(token, { kind: 'refused', reason: error.message }),
      )
  }

  /** Keeps a token joined until the line closes, or the token refuses its user. */
  async #keep(token: TokenLine): Promise<void> {
    const { signal } = this.#closing
    const waits = this.#surroundings.options.rejoinMillis ?? rejoinMillisDefault
    let reported: string | undefined
    for (let tries = 0; !signal.aborted; tries++) {
      if (token.state !== 'serving') {
        const error = await this.#join(token).then(
          () => undefined,
          (thrown: Error) => thrown,
        )
        if (signal.aborted) break
        if (error !== undefined) {
          const isRefusal = error instanceof TokenProblem && !awayCodes.has(error.code)
          await token.leave(isRefusal ? 'refused' : 'away')
          const kind = isRefusal ? 'refused' : 'away'
          if (error.message !== reported) this.members.report(token, { kind, reason: error.message })
          reported = error.message
          this.members.notify()
          // A further login with the same password would only use up the tries of the token.
          if (error instanceof TokenProblem && loginCodes.has(error.code)) return
        }
      }
      if (token.state === 'serving') {
        tries = 0
        reported = undefined
        while (token.state === 'serving') await this.members.changed
      }
      const millis = waits[Math.min(tries, waits.length - 1)]
      await sleep(millis, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #join(token: TokenLine): Promise<void> {
    token.expect()
    const store = await this.#surroundings.options.findStore(this.members.name)
    if (store === undefined) throw new TokenProblem('Away', 'the custom key store was deleted')
    await this.#withPasswords(store, candidates => token.enter(candidates, true))
    const isChanging = store.cluster.wrappedNextPassword !== undefined
    if (isChanging) await this.#giveNextPassword(store, token)
    if (isChanging && this.#isPasswordEverywhere) await this.#surroundings.options.onPasswordEverywhere(store)
    await admit(this.members, token)
  }

  async #giveNextPassword(store: ClusterStore, token: TokenLine): Promise<void> {
    if (token.hasNextPassword) return
    await this.#withPasswords(store, async ([next, old]) => {
      if (next === undefined || old === undefined) throw new Error('no password is being changed')
      await token.changePassword(old.password, next.password)
    })
    this.members.report(token, { kind: 'passwordChanged' })
  }

  /** Calls with the passwords that the tokens may have, the next one first if there is one, and wipes them. */
  async #withPasswords<T>(store: ClusterStore, call: (all: readonly Candidate[]) => Promise<T>): Promise<T> {
    const { wrappedPassword, wrappedNextPassword } = store.cluster
    const opened: Candidate[] = []
    const open = (name: string, wrapped: Uint8Array, isNext: boolean) =>
      opened.push({ password: this.#surroundings.options.unwrapSecret(name, wrapped), isNext })
    try {
      if (wrappedNextPassword !== undefined) open(nextKmsuserSecretName(store), wrappedNextPassword, true)
      open(kmsuserSecretName(store), wrappedPassword, false)
      return await call(opened)
    } finally {
      for (const { password } of opened) password.fill(0)
    }
  }

  #askAll(): void {
    // It is dropped if it is away. Random bytes would not show that: SoftHSM2 makes them without its token.
    for (const token of this.members.serving) token.use(gateway => gateway.describe()).catch(() => undefined)
  }
}

/** The token may come back by itself. */
const awayCodes: ReadonlySet<TokenProblemCode> = new Set(['Away', 'NotLoaded'])

const loginCodes: ReadonlySet<TokenProblemCode> = new Set(['WrongPin', 'PinLocked', 'PinNotSet', 'OtherUser'])

/** Returns AWS's code for an error of a connect (AWS KMS API reference, "CustomKeyStoresListEntry"). */
function connectionCodeOf(error: unknown): ConnectionErrorCode {
  if (!(error instanceof TokenProblem)) return 'INTERNAL_ERROR'
  switch (error.code) {
    case 'WrongPin':
      return 'INVALID_CREDENTIALS'
    case 'PinLocked':
      return 'USER_LOCKED_OUT'
    case 'PinNotSet':
      return 'USER_NOT_FOUND'
    case 'OtherUser':
      return 'USER_LOGGED_IN'
    case 'Away':
      return 'NETWORK_ERRORS'
    default:
      return 'INTERNAL_ERROR'
  }
}
