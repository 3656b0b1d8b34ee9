import type { TokenAudit } from '../../../hsm/index.ts'
import { rotateDomainKeys } from '../../../jobs/index.ts'
import {
  type InitResult,
  type OperatorCommand,
  type OperatorHandler,
  OperatorProblem,
  type OperatorRequest,
  type OperatorStatus,
  type Quorum,
  type RotateResult,
} from '../../../operator/index.ts'
import { copySecret, type Json } from '../../../std/index.ts'
import type { LogParts } from '../audit.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'
import { domainKeyOptions } from '../workers.ts'
import type { Front } from './front.ts'
import type { Gate, GateStatus } from './gate.ts'
import { RootKeyChange } from './rekey.ts'

type Arguments = OperatorRequest['arguments']
type Perform = (args: Arguments, secrets: readonly Buffer[], gone: AbortSignal) => Promise<unknown>

/** The parts of a server that the operator commands. */
export interface CommandedParts {
  readonly base: Base
  readonly front: Front
  readonly gate: Gate
  readonly logParts: LogParts
}

/** The commands of the operator socket. */
export class OperatorCommands {
  readonly #parts: CommandedParts
  readonly #change: RootKeyChange
  readonly #commands: Readonly<Record<OperatorCommand, Perform>>

  constructor(parts: CommandedParts) {
    const { base, gate } = parts
    this.#parts = parts
    this.#change = new RootKeyChange(base)
    this.#commands = {
      status: () => this.#status(gate.status()),
      init: (args, secrets) => this.#init(args, secrets),
      unseal: (args, secrets) => this.#unseal(args, secrets),
      async seal() {
        await gate.seal()
        return { state: gate.status().state }
      },
      rekey: (args, secrets) => this.#rekey(args, secrets),
      'rekey-verify': (_args, [share]) => this.#change.confirm(this.#open(), needed(share)),
      backup: (args, _secrets, gone) => this.#backUp(args, gone),
      'audit-cluster': args => this.#auditCluster(textOf(args, 'clusterId') ?? ''),
      'rotate-domain-keys': args => this.#rotate(textOf(args, 'domain')),
    }
  }

  /** Performs a request. Throws OperatorError. */
  readonly handle: OperatorHandler = async ({ command, arguments: args, secrets }, gone) => {
    return (await this.#commands[command](args, secrets, gone)) as Json
  }

  /** Forgets new shares that nobody confirmed. */
  close(): void {
    this.#change.close()
  }

  async #status(status: GateStatus): Promise<OperatorStatus> {
    const { state } = this.#parts.gate
    const rewrap = await state?.store.reader.rewraps.find()
    const lastBackup = this.#parts.front.directory.readLastBackup()
    const { newShares } = this.#change
    return {
      ...status,
      domainKeys: state === undefined ? await this.#listSealed() : state.hsm.ring.list(),
      ...(rewrap === undefined ? {} : { rewrap: withoutPlace(rewrap) }),
      ...(lastBackup === undefined ? {} : { lastBackup }),
      ...(newShares === undefined ? {} : { newShares }),
    }
  }

  /** The domain keys as a sealed server reads them: unverified, because the root key authenticates them. */
  async #listSealed(): Promise<OperatorStatus['domainKeys']> {
    const stored = await this.#parts.front.locked.domainKeys.list()
    return stored.map(({ domainKeyId, domain, version, state, createdAt }) => ({
      ...{ domainKeyId, domain, createdAt },
      version: version ?? 1,
      state: state ?? 'current',
    }))
  }

  async #init(args: Arguments, [passphrase]: readonly Buffer[]): Promise<InitResult> {
    const quorum = quorumOf(args)
    const { status, shares } = await this.#parts.gate.init({
      ...(quorum === undefined ? {} : { quorum }),
      ...(passphrase === undefined ? {} : { passphrase: copySecret(passphrase) }),
      isForced: args['force'] === true,
    })
    return { status: await this.#status(status), ...(shares === undefined ? {} : { shares }) }
  }

  async #unseal(args: Arguments, [secret]: readonly Buffer[]): Promise<OperatorStatus> {
    const { gate } = this.#parts
    if (args['reset'] === true) return await this.#status(gate.forgetShares())
    return await this.#status(await gate.give(secret === undefined ? undefined : copySecret(secret)))
  }

  async #rekey(args: Arguments, secrets: readonly Buffer[]): Promise<unknown> {
    const given = numberOf(args, 'given') ?? 0
    return await this.#change.begin(this.#open(), {
      to: textOf(args, 'to'),
      quorum: quorumOf(args),
      given: secrets.slice(0, given),
      next: secrets[given],
    })
  }

  /** Few servers are backed up while they run, and most start without the code. */
  async #backUp(args: Arguments, gone: AbortSignal): Promise<Json> {
    const { performBackupCommand } = await import('../../recovery/server-backup.ts')
    return await performBackupCommand(this.#parts, args, gone)
  }

  async #rotate(domain: string | undefined): Promise<RotateResult> {
    const state = this.#open()
    const { failure } = state.audit
    if (failure !== undefined)
      throw new OperatorProblem('NotRecorded', `The domain keys stay as they are: ${failure}.`)
    const options = domainKeyOptions(this.#parts.base, state)
    return { domains: await rotateDomainKeys(options, domain === undefined ? [] : [domain]) }
  }

  async #auditCluster(clusterId: string): Promise<TokenAudit> {
    this.#open()
    const found = await this.#parts.front.auditCluster?.(clusterId)
    if (found !== undefined) return found
    throw new OperatorProblem('NotConnected', `No custom key store of ${clusterId} is connected.`)
  }

  #open(): State {
    const { state } = this.#parts.gate
    if (state !== undefined) return state
    throw new OperatorProblem(
      'Sealed',
      'The server is sealed. Unseal it first, with keyward operator unseal.',
    )
  }
}

function withoutPlace({
  after: _after,
  ...rewrap
}: NonNullable<OperatorStatus['rewrap']> & { after: unknown }) {
  return rewrap
}

function needed(secret: Buffer | undefined): Buffer {
  if (secret !== undefined) return secret
  throw new OperatorProblem('NothingGiven', 'No share was given.')
}

function quorumOf(args: Arguments): Quorum | undefined {
  const [shares, threshold] = [numberOf(args, 'shares'), numberOf(args, 'threshold')]
  if (shares === undefined && threshold === undefined) return undefined
  if (shares !== undefined && threshold !== undefined) return { shares, threshold }
  throw wrongArgument('threshold')
}

function textOf(args: Arguments, name: string): string | undefined {
  const value = args[name]
  if (value === undefined || typeof value === 'string') return value
  throw wrongArgument(name)
}

function numberOf(args: Arguments, name: string): number | undefined {
  const value = args[name]
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0))
    return value
  throw wrongArgument(name)
}

const wrongArgument = (name: string) =>
  new OperatorProblem('BadRequest', `The argument ${name} of the request is not right.`)
