import { type AuditedResource, renderRecord } from '../audit/index.ts'
import { checkState, checkUsage, type KeyOperation, ServiceError, toServiceError } from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import {
  type Clock,
  ConstraintProblem,
  decode,
  type Json,
  type Millis,
  SerializationProblem,
  uuid,
} from '../std/index.ts'
import type { Reader, Store, Writer } from '../store/index.ts'
import type { AuditTrail } from './audit-trail.ts'
import { authorizeKey, authorizeResource } from './authorize.ts'
import type { Answer, Call, Caller } from './call.ts'
import { CachedLookup, type KeyLookup, TransactionLookup } from './key-lookup.ts'
import type { KeyRequirement, Operation, ResourceRequirement } from './operation.ts'
import { type KeyUse, resolveKey } from './resolve.ts'
import type { ResolvedKey } from './resolved-key.ts'

export interface PipelineOptions {
  readonly store: Store
  readonly hsm: Hsm
  readonly audit: AuditTrail
  readonly clock: Clock
  /** The region that records name for callers who did not prove theirs. */
  readonly defaultRegion: string
  /** Told of every fault of the server's own, with its cause; the client hears nothing of it. */
  readonly onFault: (error: ServiceError, call: { requestId: string; operation: string }) => void
}

/** The one way any call is performed. */
export class Pipeline {
  readonly #options: PipelineOptions
  readonly #lookup: CachedLookup

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#lookup = new CachedLookup(options.store, options.hsm)
  }

  /** Performs a call and records it. Never rejects; no answer leaves before its record is durable. */
  async perform(call: Call): Promise<Answer> {
    const { audit, clock } = this.#options
    const trace = new Trace(call, clock.now(), this.#options.defaultRegion)
    let isCommitted = false
    try {
      // A call that could not be recorded must not happen.
      if (audit.isFailing) throw unrecordable()
      trace.caller = await call.authenticate()
      isCommitted = await this.#execute(trace)
    } catch (error) {
      trace.fail(toAnswerable(error))
      this.#report(trace)
    }
    try {
      if (isCommitted) await audit.appendCommitted(trace.eventId, trace.record())
      else await audit.append(trace.record())
    } catch {
      trace.fail(unrecordable())
    }
    return { requestId: trace.requestId, output: trace.output, error: trace.error }
  }

  /** Runs the operation; says whether it committed a change, whose record is then in the outbox already. */
  async #execute(trace: Trace): Promise<boolean> {
    const { store } = this.#options
    if (trace.call.operation.effect === 'read') {
      trace.succeed(await store.read(reader => this.#run(trace, this.#lookup, reader)))
      return false
    }
    await store.write(async writer => {
      trace.succeed(await this.#run(trace, new TransactionLookup(writer), writer))
      await writer.insertAuditRecord({ eventId: trace.eventId, recordedAt: trace.time, line: trace.record() })
    })
    return true
  }

  #report({ error, requestId, call }: Trace): void {
    if (error?.cause !== undefined)
      this.#options.onFault(error, { requestId, operation: call.operation.name })
  }

  /** What every operation goes through between the proof of the caller and the answer, in this order. */
  async #run(trace: Trace, lookup: KeyLookup, store: Reader | Writer): Promise<unknown> {
    const { operation } = trace.call
    const caller = trace.caller as Caller
    const input = decode(operation.input, trace.call.readInput())
    trace.input = input

    const keys: Record<string, ResolvedKey> = {}
    trace.uses = await resolveAll(trace, caller, input, lookup, keys)
    authorizeAll(trace, caller, input)
    for (const use of trace.uses) checkKey(operation, use)

    const context = {
      input,
      caller,
      scope: caller.scope,
      now: trace.time,
      hsm: this.#options.hsm,
      store,
      ...keys,
    }
    const output = await operation.handle(context as never)
    // Last, not before the handler: only it knows whether the request would have succeeded. Its writes are undone.
    checkDryRun(input)
    return output
  }
}

/** One call on its way: what is known of it so far, and so what its record can tell. */
class Trace {
  readonly requestId = uuid()
  readonly eventId = uuid()
  readonly call: Call
  readonly time: Millis
  caller: Caller | undefined
  input: unknown
  uses: readonly KeyUse[] = []
  resources: readonly ResourceRequirement[] = []
  output: Json | undefined
  error: ServiceError | undefined
  readonly #defaultRegion: string
  #result: unknown
  #record: string | undefined

  constructor(call: Call, time: Millis, defaultRegion: string) {
    this.call = call
    this.time = time
    this.#defaultRegion = defaultRegion
  }

  actionOf(requirement: { readonly action?: string }): string {
    return requirement.action ?? `${this.call.service.name}:${this.call.operation.name}`
  }

  succeed(result: unknown): void {
    this.#result = result
    this.#record = undefined
    this.output = this.call.operation.output?.encode(result)
  }

  fail(error: ServiceError): void {
    this.error = error
    this.output = undefined
    this.#record = undefined
  }

  /** The audit record's line, as things stand. */
  record(): string {
    this.#record ??= this.#render()
    return this.#record
  }

  #render(): string {
    const { call, caller, error } = this
    const { operation, service } = call
    const disclosure = error === undefined ? operation.disclose?.(this.#result) : undefined
    return renderRecord({
      eventId: this.eventId,
      requestId: this.requestId,
      time: this.time,
      eventSource: service.eventSource,
      eventName: operation.name,
      region: caller?.scope.region ?? this.#defaultRegion,
      caller: caller && { principal: caller.identity.principal, accessKeyId: caller.accessKeyId },
      sourceIpAddress: call.sourceIpAddress,
      userAgent: call.userAgent,
      isReadOnly: operation.effect === 'read',
      error,
      requestParameters: this.#discloseInput(),
      responseElements: disclosure?.responseElements ?? null,
      additionalEventData:
        error?.reason === undefined ? disclosure?.additionalEventData : { reason: error.reason },
      resources: this.#auditedResources(),
    })
  }

  #discloseInput(): Json {
    const shown = this.input === undefined ? undefined : this.call.operation.input.disclose(this.input)
    return shown === undefined || Object.keys(shown as object).length === 0 ? null : shown
  }

  #auditedResources(): AuditedResource[] {
    const resources: AuditedResource[] = []
    for (const { arn, type } of this.resources) {
      if (type !== undefined) resources.push({ accountId: this.caller?.scope.accountId ?? '', type, arn })
    }
    for (const { key } of this.uses) {
      resources.push({ accountId: key.key.accountId, type: 'AWS::KMS::Key', arn: key.arn })
    }
    return resources
  }
}

async function resolveAll(
  trace: Trace,
  caller: Caller,
  input: unknown,
  lookup: KeyLookup,
  keys: Record<string, ResolvedKey>,
): Promise<KeyUse[]> {
  const uses: KeyUse[] = []
  const who = { scope: caller.scope, arn: caller.identity.principal.arn }
  for (const [name, requirement] of Object.entries(requirementsOf(trace.call.operation))) {
    const use = await resolveKey(requirement, input, who, trace.actionOf(requirement), lookup)
    keys[name] = use.key
    uses.push(use)
  }
  return uses
}

function authorizeAll(trace: Trace, caller: Caller, input: unknown): void {
  const { operation } = trace.call
  trace.resources =
    operation.resources?.(input, caller.scope) ?? (trace.uses.length === 0 ? [{ arn: '*' }] : [])
  checkGrantTokens(input)
  for (const resource of trace.resources) authorizeResource(caller, trace.actionOf(resource), resource)
  for (const use of trace.uses) authorizeKey(caller, trace.actionOf(use.requirement), use)
}

function checkKey(operation: Operation, { requirement, key }: KeyUse): void {
  const row = requirement.state ?? (operation.name as KeyOperation)
  if (row !== 'any') checkState(row, key.key.keyState, key.arn)
  if (requirement.usage !== undefined) checkUsage(key.key, requirement.usage, operation.name)
}

function requirementsOf(operation: Operation): Readonly<Record<string, KeyRequirement<unknown>>> {
  return operation.keys ?? {}
}

/** There are no grants yet, so there is no token that names one. */
function checkGrantTokens(input: unknown): void {
  const { GrantTokens: tokens } = input as { GrantTokens?: readonly string[] }
  if (tokens !== undefined && tokens.length > 0) {
    throw new ServiceError('InvalidGrantTokenException', 'The grant token is not valid.')
  }
}

function checkDryRun(input: unknown): void {
  if ((input as { DryRun?: boolean }).DryRun === true) {
    throw new ServiceError(
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    )
  }
}

/** The log has told the operator already why it cannot be written. */
const unrecordable = () =>
  new ServiceError('KMSInternalException', undefined, { reason: 'the audit log cannot be written' })

/** Shape problems are the client's; everything else that is not an answer already is ours. */
function toAnswerable(thrown: unknown): ServiceError {
  if (thrown instanceof ConstraintProblem) return new ServiceError('ValidationException', thrown.message)
  if (thrown instanceof SerializationProblem)
    return new ServiceError('SerializationException', thrown.message || undefined)
  return toServiceError(thrown)
}
