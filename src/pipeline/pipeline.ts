import type { EventRecord } from '../audit/index.ts'
import type { Grant, KeyEvent } from '../domain/index.ts'
import { Abandoned } from '../hsm/index.ts'
import {
  CachedGrants,
  CachedLookup,
  ConfirmedGrants,
  RememberedGrants,
  TransactionLookup,
} from '../keys/index.ts'
import {
  type AccessAnswer,
  type AccessListQuestion,
  type AccessPage,
  type AccessQuestion,
  type Answer,
  AuthenticationFailure,
  type Call,
  type MissingManagedKey,
  type RefusedRequest,
  type Service,
} from '../operation/index.ts'
import { andThen, type CacheUse, type Eventual, inOrder, monotonicMillis, rescued } from '../std/index.ts'
import type { Writer } from '../store/index.ts'
import { toAnswerable, unrecordable } from './answerable.ts'
import type { AnswerObserver } from './call-observer.ts'
import { explainAccess } from './explain/explain-access.ts'
import type { Machine, PipelineOptions } from './machine.ts'
import { PerformedCall } from './performed-call.ts'
import { Authorizer } from './permission/authorizer.ts'
import { appendUnproved, recordRefusedRequest } from './refused-request.ts'
import { regionOfRequest } from './request-region.ts'
import { contextOf } from './stages/handle.ts'
import { admission, execution, identification, type Stage } from './stages/stages.ts'
import { listAccess } from './who-can/list-access.ts'

/**
 * The one way in which any call is performed. `stages/stages.ts` has the order of a call; this class adds the
 * transaction, the records and the answer.
 */
export class Pipeline {
  readonly #machine: Machine
  /** The use of the caches that calls read from, by their names. */
  readonly caches: Readonly<Record<string, CacheUse>>

  constructor(options: PipelineOptions) {
    const { store, hsm } = options
    const keys = new CachedLookup(store, hsm)
    const grants = new CachedGrants(store)
    this.caches = { keys: keys.keyCache, aliases: keys.aliasCache, grants: grants.cacheUse }
    this.#machine = {
      ...options,
      authorizer: new Authorizer(options),
      cached: { keys, grants, store: store.reader },
    }
  }

  /** Performs a call and records it. Never rejects. No answer leaves before its record is durable. */
  perform(call: Call): Promise<Answer> {
    const { clock, defaultRegion, cached, observer } = this.#machine
    const startedAt = observer === undefined ? 0 : monotonicMillis()
    const region = regionOfRequest(call, defaultRegion)
    const performed = new PerformedCall(call, clock.now(), region, cached)
    const acted = rescued(
      () => andThen(this.#run(performed, identification), () => this.#act(performed)),
      error => this.#failed(performed, error),
    )
    return andThen(acted, committed => this.#answer(performed, committed, startedAt))
  }

  /** Performs a call whose caller is identified. Returns the records that were committed with its change, if it made one. */
  #act(performed: PerformedCall): Eventual<readonly EventRecord[] | undefined> {
    const isWrite = performed.call.operation.effect === 'write' || performed.missing !== undefined
    return andThen(isWrite ? this.#performWrite(performed) : this.#performRead(performed), committed => {
      if (performed.call.operation.recordsKeyUsage === true) this.#noteUsage(performed)
      return committed
    })
  }

  #performRead(performed: PerformedCall): Eventual<undefined> {
    return andThen(this.#run(performed, whole), () => {
      performed.succeed(this.#machine.clock.now())
      return undefined
    })
  }

  #failed(performed: PerformedCall, error: unknown): undefined {
    if (error instanceof AuthenticationFailure) performed.noteFailedProof(error.proof)
    performed.fail(toAnswerable(error, performed.call.service), this.#machine.clock.now())
    this.#countFailed(performed)
    this.#report(performed)
  }

  #answer(
    performed: PerformedCall,
    committed: readonly EventRecord[] | undefined,
    startedAt: number,
  ): Promise<Answer> {
    const recorded = this.#record(performed, committed)
    performed.wipeInput()
    const { requestId, output, error, call } = performed
    const authorizationMessage = this.#encodeDenial(performed)
    const answer = { requestId, output, error, authorizationMessage }
    return answerOnce(recorded, answer, call.service, this.#machine.observer?.of(call), startedAt)
  }

  #encodeDenial({ error, caller, time }: PerformedCall): string | undefined {
    if (error?.details === undefined || caller === undefined) return undefined
    try {
      return this.#machine.authorizationMessages.encode(caller.scope.accountId, time, error.details())
    } catch {
      // The denial is on record and stands without its message.
      return undefined
    }
  }

  /** Records a request that is refused before it is a call. Never rejects. No answer leaves before its record is durable. */
  recordRefusal(refused: RefusedRequest): Promise<Answer> {
    return recordRefusedRequest(refused, this.#machine)
  }

  /** Explains which decision a request would get, and why. */
  explain(question: AccessQuestion): Promise<AccessAnswer> {
    return explainAccess(question, this.#machine)
  }

  /** Lists the principals that may perform an action with a key, page by page. */
  listAccess(question: AccessListQuestion): Promise<AccessPage> {
    return listAccess(question, this.#machine)
  }

  #run(performed: PerformedCall, stages: readonly Stage[]): void | Promise<void> {
    return inOrder(stages, performed, this.#machine)
  }

  /**
   * Performs a call that writes. The change and its records are one commit. If the call creates an AWS managed key, the
   * key is part of the same commit.
   */
  async #performWrite(performed: PerformedCall): Promise<readonly EventRecord[]> {
    const { missing } = performed
    const grants = missing === undefined ? await this.#prepare(performed) : []
    let creation: KeyEvent | undefined
    const writing = this.#machine.store.write(async writer => {
      creation = missing && (await this.#createManagedKey(performed, missing, writer))
      performed.events = creation === undefined ? [] : [creation]
      performed.forgetFound()
      performed.lookUps = {
        keys: new TransactionLookup(writer),
        grants: new ConfirmedGrants(writer, grants),
        store: writer,
      }
      await this.#run(performed, whole)
      performed.succeed(this.#machine.clock.now())
      const records = performed.allRecords()
      for (const record of records) await writer.outbox.insert(record)
      return records
    })
    return await writing.catch(error => {
      if (missing === undefined || creation === undefined) throw error
      performed.found = []
      throw this.#machine.managedKeys.explainUndone(error, missing, creation)
    })
  }

  /**
   * Does the slow work of a call before its transaction, after a first decision outside of the transaction. Returns the
   * grants that allowed the call.
   */
  async #prepare(performed: PerformedCall): Promise<readonly Grant[]> {
    const { operation } = performed.call
    const mayHaveGrant = operation.keys.some(
      ([, requirement]) => 'grant' in requirement && requirement.grant !== undefined,
    )
    if (operation.prepare === undefined && !mayHaveGrant) return []
    const { cached, authorizer } = this.#machine
    const grants = new RememberedGrants(cached.grants)
    performed.lookUps = { ...cached, grants }
    await this.#run(performed, admission)
    if (operation.prepare !== undefined) {
      performed.prepared = await operation.prepare(contextOf(performed, authorizer))
      refuseAbandoned(performed)
    }
    return grants.found
  }

  #createManagedKey(
    { time }: PerformedCall,
    missing: MissingManagedKey,
    writer: Writer,
  ): Promise<KeyEvent | undefined> {
    return this.#machine.managedKeys.create(missing, writer, time)
  }

  /** Records a call. Returns a promise that rejects if a record cannot be made or written. */
  #record(performed: PerformedCall, committed: readonly EventRecord[] | undefined): Promise<unknown> {
    const { audit } = this.#machine
    try {
      if (committed !== undefined)
        return Promise.all(committed.map(({ eventId, line }) => audit.appendCommitted(eventId, line)))
      const others = performed.recordsForOthers()
      // Nearly every call has one record, and its promise is enough.
      if (others.length === 0)
        return performed.isProved
          ? audit.append(performed.record())
          : appendUnproved(audit, performed.record(), performed.error, performed.call.sourceIpAddress)
      const lines = [performed.record(), ...others.map(({ line }) => line)]
      return Promise.all(lines.map(line => audit.append(line)))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #noteUsage(performed: PerformedCall): void {
    const { call, time, requestId, found } = performed
    for (const { key } of found) {
      const { accountId, region, keyId } = key.key
      this.#machine.keyUsages.note(key.arn, {
        scope: { accountId, region },
        keyId,
        operation: call.operation.name,
        usedAt: time,
        eventId: performed.eventIdFor(accountId),
        requestId,
      })
    }
  }

  #countFailed({ caller, isProved, isKeyCounted, call }: PerformedCall): void {
    if (caller !== undefined && isProved && !isKeyCounted)
      this.#machine.throttle?.countFailed(caller.scope, call)
  }

  #report({ error, requestId, call }: PerformedCall): void {
    if (error?.cause !== undefined)
      this.#machine.onFault(error, { requestId, operation: call.operation.name })
  }
}

/**
 * Throws if the client is gone. Nobody would learn of the key that was prepared, and a client that tries again would have
 * two of them.
 */
function refuseAbandoned({ call }: PerformedCall): void {
  if (call.clientGone?.().aborted === true)
    throw new Abandoned('the client was gone before the change was made')
}

/**
 * Returns an answer once its records are on disk. It knows nothing else of the call, which is garbage while the answer waits:
 * with many calls in flight, the collector would copy each of them twice. The service is the same for all of its calls.
 */
function answerOnce(
  recorded: Promise<unknown>,
  answer: Answer,
  service: Service,
  observer: AnswerObserver | undefined,
  startedAt: number,
): Promise<Answer> {
  return recorded.then(
    () => {
      observer?.answered(answer.requestId, answer.error, startedAt)
      return answer
    },
    () => {
      const error = unrecordable(service)
      observer?.answered(answer.requestId, error, startedAt)
      return { requestId: answer.requestId, output: undefined, error }
    },
  )
}

const whole: readonly Stage[] = [...admission, ...execution]
