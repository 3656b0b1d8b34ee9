import { StepBudget } from '../access/index.ts'
import type { EventRecord } from '../audit/index.ts'
import { type Grant, type KeyEvent, type ServiceError, viaService } from '../domain/index.ts'
import type { Attestation, CallPurpose, Requester } from '../hsm/index.ts'
import type {
  Call,
  Caller,
  FailedProof,
  FoundKey,
  MissingManagedKey,
  ResourceRequirement,
} from '../operation/index.ts'
import { type Json, type Millis, uuid } from '../std/index.ts'
import { recordEvent, renderCall } from './call-record.ts'
import type { LookUps } from './look-ups.ts'
import { endpointOf } from './permission/call-facts.ts'

const none: readonly EventRecord[] = []
const noResources: readonly ResourceRequirement<never>[] = []

/** A class, because a getter in an object costs each call half a microsecond. */
class CallRequester implements Requester {
  readonly #performed: PerformedCall
  readonly accountId: string

  constructor(performed: PerformedCall, accountId: string) {
    this.#performed = performed
    this.accountId = accountId
  }

  get signal(): AbortSignal | undefined {
    return this.#performed.call.clientGone?.()
  }

  get isDryRun(): boolean {
    const { call, input } = this.#performed
    return call.operation.isDryRun?.(input) === true
  }

  get purpose(): CallPurpose {
    const { call, provedCaller, requestId } = this.#performed
    const { identity, service, scope } = provedCaller
    const endpoint = endpointOf(this.#performed)
    return {
      principalArn: identity.principal.arn,
      operation: call.operation.name,
      requestId,
      viaService: service?.isOnBehalf === true ? viaService(service.name, scope.region) : undefined,
      sourceVpc: endpoint?.vpcId,
      sourceVpce: endpoint?.vpceId,
    }
  }
}

/** A call in progress, with everything that is known of it so far. Its audit record is made from this alone. */
export class PerformedCall {
  readonly requestId = uuid()
  readonly eventId = uuid()
  readonly call: Call
  /** When the call began, which all decisions about it are for. */
  readonly time: Millis
  /** When the call ended, which its records have (CloudTrail user guide, "eventTime"). */
  endedAt: Millis
  readonly defaultRegion: string
  /** The steps that all decisions about the call may take together. */
  readonly budget = new StepBudget()
  caller: Caller | undefined
  /** The facts about a sender whose proof of identity failed. */
  failedProof: FailedProof | undefined
  input: unknown
  lookUps: LookUps
  /** The AWS managed key that the call creates. */
  missing: MissingManagedKey | undefined
  /** The keys that were found, in the order of the definition. */
  found: FoundKey[] = []
  /** The things that the handler gets by their names. */
  touched: Record<string, unknown> = {}
  resources: readonly ResourceRequirement<never>[] = noResources
  /** The enclave that the answer must be sealed for. */
  recipient: Attestation | undefined
  /** The grant that the call retires. */
  retired: Grant | undefined
  /** The result of the operation's `prepare`. */
  prepared: unknown
  /** The changes that the service made to keys because of the call. */
  events: KeyEvent[] = []
  /** Whether the request quotas have counted the call. */
  isCounted = false
  /** Whether the quota of its key has counted the call. */
  isKeyCounted = false
  /** The value that the handler returned. */
  result: unknown
  output: Json | undefined
  error: ServiceError | undefined
  /** The id that connects the records for several accounts (CloudTrail user guide, "sharedEventID"). */
  sharedEventId: string | undefined
  #record: string | undefined
  /** The event ids of the records for other accounts, by account. */
  #eventIds: Map<string, string> | undefined

  constructor(call: Call, time: Millis, defaultRegion: string, lookUps: LookUps) {
    this.call = call
    this.time = time
    this.endedAt = time
    this.defaultRegion = defaultRegion
    this.lookUps = lookUps
  }

  /** The caller. Throws if it is not authenticated yet. */
  get provedCaller(): Caller {
    if (this.caller === undefined) throw new Error('the caller is not proved')
    return this.caller
  }

  /** The caller's account, for which slow work is done while the client waits. */
  get requester(): Requester {
    return new CallRequester(this, this.provedCaller.scope.accountId)
  }

  /** Whether the call was authenticated. Everybody can send calls that are not. */
  get isProved(): boolean {
    return this.caller !== undefined && this.failedProof === undefined
  }

  /** Returns the action of a requirement: its own, or the operation's. */
  actionOf(requirement: { readonly action?: string }): string {
    return requirement.action ?? `${this.call.service.name}:${this.call.operation.name}`
  }

  /** Forgets what was found, because a transaction may run more than once. */
  forgetFound(): void {
    this.found = []
    this.touched = {}
    this.retired = undefined
  }

  /** Encodes the result of a call that succeeds. Its secrets then exist in the encoded output only. */
  succeed(now: Millis): void {
    const { output } = this.call.operation
    this.endedAt = now
    this.#record = undefined
    this.#shareEvents()
    this.output = output?.encode(this.result)
    output?.wipe?.(this.result)
  }

  /** Notes who sent a call whose proof of identity failed. */
  noteFailedProof(proof: FailedProof): void {
    this.failedProof = proof
    this.caller = proof.caller
  }

  /** Ends the call with an error. */
  fail(error: ServiceError, now: Millis): void {
    this.error = error
    this.endedAt = now
    this.output = undefined
    // A call that fails is recorded for its caller's account alone.
    this.#eventIds = undefined
    this.sharedEventId = undefined
    this.#record = undefined
  }

  /** Wipes the secrets in the input. Nothing needs them once the record is rendered. */
  wipeInput(): void {
    if (this.input !== undefined) this.call.operation.input.wipe?.(this.input)
  }

  /** Returns the line of the audit record, for the current state of the call. */
  record(): string {
    this.#record ??= renderCall(this, this.eventId, this.caller?.scope.accountId)
    return this.#record
  }

  /**
   * Returns all records of the call: its own, those for the other accounts whose keys or roles it used, and those of the
   * changes that the service made because of it.
   */
  allRecords(): readonly EventRecord[] {
    const { eventId, endedAt } = this
    return [
      { eventId, recordedAt: endedAt, line: this.record() },
      ...this.recordsForOthers(),
      ...this.events.map(event => recordEvent(this, event)),
    ]
  }

  /** Returns the records for the other accounts whose keys or roles the call used: the call is in their trails too. */
  recordsForOthers(): readonly EventRecord[] {
    if (this.#eventIds === undefined) return none
    const records: EventRecord[] = []
    for (const [accountId, eventId] of this.#eventIds) {
      records.push({ eventId, recordedAt: this.endedAt, line: renderCall(this, eventId, accountId) })
    }
    return records
  }

  /** Returns the id of the call's record for an account. */
  eventIdFor(accountId: string): string {
    return this.#eventIds?.get(accountId) ?? this.eventId
  }

  #shareEvents(): void {
    for (const { key } of this.found) this.#shareEvent(key.key.accountId)
    for (const { type, accountId } of this.resources) {
      if (type !== undefined && accountId !== undefined) this.#shareEvent(accountId)
    }
    // A service is in no account, so an account that it calls for has the event as one that is shared.
    if (this.caller?.identity.principal.type === 'AWSService') this.sharedEventId ??= uuid()
  }

  #shareEvent(accountId: string): void {
    if (accountId === this.caller?.scope.accountId || this.#eventIds?.has(accountId) === true) return
    this.#eventIds ??= new Map()
    this.#eventIds.set(accountId, uuid())
    this.sharedEventId ??= uuid()
  }
}
