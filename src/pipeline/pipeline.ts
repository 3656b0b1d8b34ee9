import type { Recorder } from '../audit/index.ts'
import { type EventRecord, recordKeyEvent } from '../audit/index.ts'
import type { Grant, KeyEvent, ServiceError } from '../domain/index.ts'
import type { SessionTokens, WebIdentities } from '../identity/index.ts'
import {
  CachedGrants,
  CachedLookup,
  ConfirmedGrants,
  RememberedGrants,
  TransactionLookup,
} from '../keys/index.ts'
import type { Clock } from '../std/index.ts'
import type { Reader, Store, Writer } from '../store/index.ts'
import type { AccessQuestion } from './access-question.ts'
import { Admission, type AdmissionOptions } from './admission.ts'
import { toAnswerable, unrecordable } from './answerable.ts'
import type { Answer, Call } from './call.ts'
import { identifyCaller } from './callers/identify.ts'
import { checkForwardable, isOfService, readServiceCall } from './callers/service-call.ts'
import { checkDryRun } from './checks.ts'
import type { Deployment } from './deployment.ts'
import type { Access } from './look-ups.ts'
import { findMissingManagedKey, type MissingManagedKey, makeManagedKey, unmade } from './managed-keys.ts'
import { Trace } from './trace.ts'

export interface PipelineOptions extends AdmissionOptions {
  readonly store: Store
  readonly audit: Recorder
  readonly clock: Clock
  readonly sessions: SessionTokens
  readonly webIdentities: WebIdentities
  readonly deployment: Deployment
  /** Told of every fault of the server's own, with its cause; the client hears nothing of it. */
  readonly onFault: (error: ServiceError, call: { requestId: string; operation: string }) => void
}

/** The one way any call is performed; how it is admitted stands in Admission. */
export class Pipeline {
  readonly #options: PipelineOptions
  readonly #cached: Access
  readonly #admission: Admission

  constructor(options: PipelineOptions) {
    const { store, hsm } = options
    this.#options = options
    this.#admission = new Admission(options)
    this.#cached = {
      keys: new CachedLookup(store, hsm),
      grants: new CachedGrants(store),
      store: store.reader,
    }
  }

  /** Performs a call and records it. Never rejects; no answer leaves before its record is durable. */
  async perform(call: Call): Promise<Answer> {
    const { audit, clock } = this.#options
    const trace = new Trace(call, clock.now(), this.#options.deployment.regions[0] ?? '')
    let committed: readonly EventRecord[] | undefined
    try {
      // A call that could not be recorded must not happen.
      if (audit.isFailing) throw unrecordable()
      const caller = identifyCaller(trace, this.#options)
      trace.caller = caller instanceof Promise ? await caller : caller
      if (isOfService(trace.caller, call)) await this.#takeServiceCall(trace)
      const pending = findMissingManagedKey(call, trace.provedCaller, this.#options.store.reader)
      const missing = pending && (await pending)
      if (call.operation.effect === 'write' || missing !== undefined) {
        committed = await this.#performWrite(trace, missing)
      } else {
        const output = this.#run(trace, this.#cached)
        trace.succeed(output instanceof Promise ? await output : output)
      }
      if (call.operation.recordsKeyUsage === true) this.#noteUse(trace)
    } catch (error) {
      trace.fail(toAnswerable(error))
      if (trace.caller !== undefined && !trace.isKeyCounted)
        this.#options.throttle?.countFailed(trace.caller.scope, call.operation.name)
      this.#report(trace)
    }
    try {
      if (committed === undefined) await this.#append(trace)
      else await Promise.all(committed.map(({ eventId, line }) => audit.appendCommitted(eventId, line)))
    } catch {
      trace.fail(unrecordable())
    }
    trace.wipeInput()
    return { requestId: trace.requestId, output: trace.output, error: trace.error }
  }

  /** A call that a service makes: for whom, and with the key that the service has in the account. */
  async #takeServiceCall(trace: Trace): Promise<void> {
    const { call, provedCaller } = trace
    const { store } = this.#options
    const caller = await readServiceCall(provedCaller, call.serviceClaims, store.reader)
    trace.caller = caller
    checkForwardable(caller, call)
  }

  /**
   * What takes long, before the transaction: for callers who may, as far as can be told outside of it. Gives the grants that
   * let them.
   */
  async #prepare(trace: Trace): Promise<readonly Grant[]> {
    const { operation } = trace.call
    const mayHaveGrant = operation.keys.some(([, requirement]) => requirement.grant !== undefined)
    if (operation.prepare === undefined && !mayHaveGrant) return []
    const grants = new RememberedGrants(this.#cached.grants)
    await this.#admission.admit(trace, { ...this.#cached, grants })
    trace.prepared = await operation.prepare?.(this.#contextOf(trace))
    return grants.found
  }

  /**
   * The change and its records are one commit: that of the call, and those of what the service did because of it. A call that
   * needs an AWS managed key is one too, so that there is no such key for who may not do what it is needed for.
   */
  async #performWrite(trace: Trace, missing: MissingManagedKey | undefined): Promise<readonly EventRecord[]> {
    const { store, hsm } = this.#options
    const grants = missing === undefined ? await this.#prepare(trace) : []
    let made: KeyEvent | undefined
    const writing = store.write(async writer => {
      made = missing && (await makeManagedKey(missing, { writer, hsm, now: trace.time }))
      trace.events = made === undefined ? [] : [made]
      const access = {
        keys: new TransactionLookup(writer),
        grants: new ConfirmedGrants(writer, grants),
        store: writer,
      }
      trace.succeed(await this.#run(trace, access))
      const { eventId, time } = trace
      const records = [
        { eventId, recordedAt: time, line: trace.record() },
        ...trace.recordsForOthers(),
        ...trace.events.map(event => recordKeyEvent(event, time)),
      ]
      for (const record of records) await writer.insertAuditRecord(record)
      return records
    })
    return await writing.catch(error => {
      if (missing === undefined || made === undefined) throw error
      // The key that was made is undone.
      trace.uses = []
      throw unmade(error, missing, made)
    })
  }

  async #append(trace: Trace): Promise<void> {
    const { audit } = this.#options
    const others = trace.recordsForOthers()
    if (others.length === 0) await audit.append(trace.record())
    else
      await Promise.all([trace.record(), ...others.map(({ line }) => line)].map(line => audit.append(line)))
  }

  #noteUse(trace: Trace): void {
    const { call, time, requestId } = trace
    for (const { key } of trace.uses) {
      const { accountId, region, keyId } = key.key
      const scope = { accountId, region }
      this.#options.usages.note({
        scope,
        keyId,
        operation: call.operation.name,
        usedAt: time,
        eventId: trace.eventIdFor(accountId),
        requestId,
      })
    }
  }

  #report({ error, requestId, call }: Trace): void {
    if (error?.cause !== undefined)
      this.#options.onFault(error, { requestId, operation: call.operation.name })
  }

  /**
   * What every operation goes through between the proof of the caller and the answer. The order is the one written here;
   * the split is only where something may have to be waited for, and on the hot path nothing is.
   */
  #run(trace: Trace, access: Access): unknown {
    const admitted = this.#admission.admit(trace, access)
    return admitted instanceof Promise
      ? admitted.then(() => this.#act(trace, access.store))
      : this.#act(trace, access.store)
  }

  #act(trace: Trace, store: Reader | Writer): unknown {
    const recordEvent = (event: KeyEvent) => trace.events.push(event)
    const output = trace.call.operation.handle({ ...this.#contextOf(trace), store, recordEvent })
    // Last, not before the handler: only it knows whether the request would have succeeded. Its writes are undone.
    return output instanceof Promise
      ? output.then(settled => checkDryRun(trace, settled))
      : checkDryRun(trace, output)
  }

  #contextOf(trace: Trace): Record<string, unknown> {
    const { hsm, sessions, deployment, usages } = this.#options
    const caller = trace.provedCaller
    return {
      input: trace.input,
      caller,
      scope: caller.scope,
      now: trace.time,
      hsm,
      sessions,
      deployment,
      usages,
      explainAccess: (question: AccessQuestion) =>
        this.#admission.explain(question, this.#cached, trace.time),
      findOrganization: () => this.#options.organization.ofAccount(caller.scope.accountId),
      prepared: trace.prepared,
      recipient: trace.recipient,
      retiredGrant: trace.retiredGrant,
      contextFor: (action: string) => this.#admission.contextOf(trace, action),
      ...trace.keys,
    }
  }
}
