import { checkState, checkUsage, type KeyOperation, ServiceError, toServiceError } from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import { type Clock, ConstraintProblem, decode, SerializationProblem } from '../std/index.ts'
import type { Reader, Store, Writer } from '../store/index.ts'
import type { AuditTrail } from './audit-trail.ts'
import { authorizeKey, authorizeResource } from './authorize.ts'
import type { Answer, Call } from './call.ts'
import { CachedLookup, type KeyLookup, TransactionLookup } from './key-lookup.ts'
import type { Operation } from './operation.ts'
import { type KeyUse, resolveKey } from './resolve.ts'
import { Trace } from './trace.ts'

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
    const { audit, clock, store } = this.#options
    const trace = new Trace(call, clock.now(), this.#options.defaultRegion)
    let isCommitted = false
    try {
      // A call that could not be recorded must not happen.
      if (audit.isFailing) throw unrecordable()
      const caller = call.authenticate()
      trace.caller = caller instanceof Promise ? await caller : caller
      if (call.operation.effect === 'write') {
        await this.#performWrite(trace)
        isCommitted = true
      } else {
        const output = this.#run(trace, this.#lookup, store.reader)
        trace.succeed(output instanceof Promise ? await output : output)
      }
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

  /** The change and its record are one commit. */
  async #performWrite(trace: Trace): Promise<void> {
    await this.#options.store.write(async writer => {
      trace.succeed(await this.#run(trace, new TransactionLookup(writer), writer))
      await writer.insertAuditRecord({ eventId: trace.eventId, recordedAt: trace.time, line: trace.record() })
    })
  }

  #report({ error, requestId, call }: Trace): void {
    if (error?.cause !== undefined)
      this.#options.onFault(error, { requestId, operation: call.operation.name })
  }

  /**
   * What every operation goes through between the proof of the caller and the answer. The order is the one written here;
   * the split is only where something may have to be waited for, and on the hot path nothing is.
   */
  #run(trace: Trace, lookup: KeyLookup, store: Reader | Writer): unknown {
    trace.input = decode(trace.call.operation.input, trace.call.readInput())
    checkGrantTokens(trace.input)
    // A transaction may be run again.
    trace.uses = []
    const resolved = resolveAndAuthorize(trace, lookup)
    return resolved instanceof Promise
      ? resolved.then(() => this.#act(trace, store))
      : this.#act(trace, store)
  }

  #act(trace: Trace, store: Reader | Writer): unknown {
    const { input, call, time } = trace
    const caller = trace.provedCaller
    authorizeResources(trace)
    for (const use of trace.uses) checkKey(call.operation, use)

    const { hsm } = this.#options
    const context = { input, caller, scope: caller.scope, now: time, hsm, store, ...trace.keys }
    const output = call.operation.handle(context)
    // Last, not before the handler: only it knows whether the request would have succeeded. Its writes are undone.
    return output instanceof Promise
      ? output.then(settled => checkDryRun(input, settled))
      : checkDryRun(input, output)
  }
}

/**
 * One key after the other, each found and then authorized before the next is looked for: a caller who may not use the
 * first is not told whether the second exists.
 */
function resolveAndAuthorize(trace: Trace, lookup: KeyLookup, from = 0): void | Promise<void> {
  const { call, input } = trace
  const caller = trace.provedCaller
  for (let index = from; index < call.operation.keys.length; index++) {
    const [name, requirement] = call.operation.keys[index] as (typeof call.operation.keys)[number]
    const use = resolveKey({ name, requirement, action: trace.actionOf(requirement), input, caller }, lookup)
    if (use instanceof Promise) {
      return use.then(found => {
        authorizeUse(trace, found)
        return resolveAndAuthorize(trace, lookup, index + 1)
      })
    }
    authorizeUse(trace, use)
  }
}

function authorizeUse(trace: Trace, use: KeyUse): void {
  // First, so that the record of a denial names the key.
  trace.uses.push(use)
  authorizeKey(trace.provedCaller, use)
}

function authorizeResources(trace: Trace): void {
  const { call, input, uses } = trace
  const caller = trace.provedCaller
  trace.resources =
    call.operation.resources?.(input, caller.scope) ?? (uses.length === 0 ? [{ arn: '*' }] : [])
  for (const resource of trace.resources) authorizeResource(caller, trace.actionOf(resource), resource)
}

function checkKey(operation: Operation, { requirement, key }: KeyUse): void {
  const row = requirement.state ?? (operation.name as KeyOperation)
  if (row !== 'any') checkState(row, key.key.keyState, key.arn)
  if (requirement.usage !== undefined) checkUsage(key.key, requirement.usage, operation.name)
}

/** There are no grants yet, so there is no token that names one. */
function checkGrantTokens(input: unknown): void {
  const { GrantTokens: tokens } = input as { GrantTokens?: readonly string[] }
  if (tokens !== undefined && tokens.length > 0) {
    throw new ServiceError('InvalidGrantTokenException', 'The grant token is not valid.')
  }
}

/** Passes the output on, unless it was only a rehearsal. */
function checkDryRun<T>(input: unknown, output: T): T {
  if ((input as { DryRun?: boolean }).DryRun === true) {
    throw new ServiceError(
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    )
  }
  return output
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
