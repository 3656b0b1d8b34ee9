import { setTimeout as sleep } from 'node:timers/promises'
import type { TokenAudit } from '../hsm/index.ts'
import {
  callOperator,
  type InitResult,
  NoServer,
  type OperatorCommand,
  OperatorProblem,
  type OperatorStatus,
  type RekeyResult,
  type RotateResult,
} from '../operator/index.ts'
import { type Json, monotonicMillis, OperatorError, readFileIfAny } from '../std/index.ts'
import type { Config } from './config/config.ts'
import { DataDirectory } from './parts/data-directory.ts'

export type { OperatorStatus, RekeyDone, RekeyResult } from '../operator/index.ts'

/** The time that a server has to close and to start sealed. Requests in flight take up to twenty seconds of it. */
const sealMillis = 60_000
const pollMillis = 100

/**
 * Commands of the operator to the server that runs on the configured data directory. Each throws OperatorError if no server
 * answers or if it refuses the command. The secrets are wiped.
 */
export class OperatorClient {
  readonly #directory: DataDirectory

  constructor(config: Config) {
    this.#directory = new DataDirectory(config.dataDirectory)
  }

  async status(): Promise<OperatorStatus> {
    return (await this.#call('status', {}, [])) as unknown as OperatorStatus
  }

  /** Makes the root key of a new data directory. `arguments` may have the numbers of shares. */
  async init(args: Readonly<Record<string, Json>>, secrets: readonly Buffer[]): Promise<InitResult> {
    return (await this.#call('init', args, secrets)) as unknown as InitResult
  }

  /** Gives a share or the passphrase; or forgets the shares that were given. */
  async unseal(secrets: readonly Buffer[], forgetsShares = false): Promise<OperatorStatus> {
    const result = await this.#call('unseal', { reset: forgetsShares }, secrets)
    return result as unknown as OperatorStatus
  }

  /** Seals the server. Resolves when a new process is there, which never had the root key. */
  async seal(): Promise<void> {
    await this.#call('seal', {}, [])
    const end = monotonicMillis() + sealMillis
    while (monotonicMillis() < end) {
      if (await this.#isSealed()) return
      await sleep(pollMillis)
    }
    throw new OperatorError('The server closes, and has not started sealed yet. See its log.')
  }

  /** Begins a change of the root key. `given` are the secrets that the root key has now, and `next` those of the new one. */
  async rekey(
    args: Readonly<Record<string, Json>>,
    given: readonly Buffer[],
    next: readonly Buffer[],
  ): Promise<RekeyResult> {
    const result = await this.#call('rekey', { ...args, given: given.length }, [...given, ...next])
    return result as unknown as RekeyResult
  }

  /** Confirms a new share. The last one that is needed changes the root key. */
  async confirmShare(share: Buffer): Promise<RekeyResult> {
    return (await this.#call('rekey-verify', {}, [share])) as unknown as RekeyResult
  }

  /** Makes new domain keys, of one domain or of all. The server begins to re-wrap. */
  async rotateDomainKeys(domain: string | undefined): Promise<RotateResult> {
    const result = await this.#call('rotate-domain-keys', domain === undefined ? {} : { domain }, [])
    return result as unknown as RotateResult
  }

  /** Reads and judges the keys of a cluster; undefined if no server runs, or it is connected to none of the HSMs. */
  async auditCluster(clusterId: string): Promise<TokenAudit | undefined> {
    try {
      return (await this.#call('audit-cluster', { clusterId }, [])) as unknown as TokenAudit
    } catch (error) {
      const isAway = error instanceof OperatorProblem && ['NotConnected', 'Sealed'].includes(error.code)
      if (error instanceof NoServer || isAway) return undefined
      throw error
    }
  }

  /** Returns the access keys that read the audit log while the server is sealed, in the shared-credentials format. */
  readAuditCredentials(): string {
    const text = readFileIfAny(this.#directory.auditCredentials)
    if (text !== undefined) return text
    throw new OperatorError(
      `There is no ${this.#directory.auditCredentials}. A server makes it at each unsealing, unless its root key is in a file.`,
    )
  }

  async #isSealed(): Promise<boolean> {
    try {
      return (await this.status()).state !== 'open'
    } catch (error) {
      // Between the two processes nobody answers.
      if (error instanceof NoServer || (error instanceof OperatorProblem && error.code === 'Stopping'))
        return false
      throw error
    }
  }

  async #call(
    command: OperatorCommand,
    args: Readonly<Record<string, Json>>,
    secrets: readonly Buffer[],
  ): Promise<Json> {
    return await callOperator(this.#directory.path, { command, arguments: args, secrets })
  }
}
