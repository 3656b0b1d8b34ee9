import { isXksKeyId, XksRefusal } from '../../domain/index.ts'
import {
  type Clock,
  ConstraintProblem,
  decode,
  type Metric,
  parseJson,
  SerializationProblem,
} from '../../std/index.ts'
import { ExternalKey, isFit, type ServedKey } from './external-key.ts'
import { GetHealthStatus } from './GetHealthStatus.ts'
import { operations } from './index.ts'
import type { OpenSide } from './open-side.ts'
import { internal, ProxyCall, type ProxyRequest, toRefusal } from './proxy-call.ts'
import { examine, type ProxyHealth } from './proxy-health.ts'
import { ProxyMetrics } from './proxy-metrics.ts'
import type { AnyProxyOperation, ProxyContext } from './proxy-operation.ts'
import type { ProxyRecord } from './proxy-record.ts'

/** The settings of an `XksProxy`, and the parts that it works with. */
export interface XksProxyOptions {
  readonly keys: readonly ServedKey[]
  readonly version: string
  readonly clock: Clock
  /** The reason why nothing can be recorded now; undefined if records are written. */
  readonly recordFailure: () => string | undefined
  /** Resolves when the record is on disk, or counted if it is one of those that have a budget. */
  readonly record: (record: ProxyRecord) => Promise<void>
  /** Called with each fault of the server. */
  readonly onFault: (cause: unknown, requestId: string) => void
}

/** The answer to a request, as JSON. */
export interface ProxyAnswer {
  readonly status: number
  readonly requestId: string
  readonly body: string
}

const byPath = new Map<string, AnyProxyOperation>(
  operations.map(operation => [`${operation.isOnKey ? 'keys/' : ''}${operation.pathPart}`, operation]),
)

/**
 * The external key store proxy: the way in which AWS KMS works with chosen keys of this server (XKS proxy API specification). Its callers are no
 * principals of this server, so its calls do not go through the pipeline. The order of a call is that of `#perform`, and no answer
 * leaves before its record is durable.
 */
export class XksProxy {
  readonly #options: XksProxyOptions
  readonly #keys: ReadonlyMap<string, ExternalKey>
  readonly #metrics = new ProxyMetrics()
  #openSide: OpenSide | undefined

  constructor(options: XksProxyOptions) {
    this.#options = options
    this.#keys = new Map(options.keys.map(key => [key.externalKeyId, new ExternalKey(key)]))
  }

  /**
   * Works with an open server from now on. Returns the ids of the external keys that cannot work, because their keys are missing or of a
   * different kind.
   */
  async openWith(openSide: OpenSide): Promise<readonly string[]> {
    this.#openSide = openSide
    const unusable: string[] = []
    for (const [externalKeyId, externalKey] of this.#keys) {
      const key = await externalKey.find(openSide)
      if (key === undefined || !isFit(key)) unusable.push(externalKeyId)
    }
    return unusable
  }

  /** Performs a request and records it. Never rejects. */
  async perform(request: ProxyRequest): Promise<ProxyAnswer> {
    const call = new ProxyCall(request, this.#options.clock.now())
    try {
      await this.#perform(call)
    } catch (error) {
      call.refusal = toRefusal(error)
    }
    return await this.#answer(call)
  }

  /** Records a request that is refused before it was received whole. Never rejects. */
  async refuse(request: ProxyRequest, refusal: XksRefusal): Promise<ProxyAnswer> {
    const call = new ProxyCall(request, this.#options.clock.now())
    try {
      findOperation(call)
      call.refusal = refusal
    } catch (error) {
      call.refusal = toRefusal(error)
    }
    return await this.#answer(call)
  }

  metrics(): Metric[] {
    return this.#metrics.metrics()
  }

  async #perform(call: ProxyCall): Promise<void> {
    const operation = findOperation(call)
    if (call.request.method !== 'POST')
      throw new XksRefusal('ValidationException', 'The method must be POST.', { status: 405 })
    call.signer = call.request.authenticate()
    // Before the body is read: the record of a malformed request, too, is for the account and Region of the key.
    call.externalKey = this.#keys.get(call.externalKeyId ?? '')
    const failure = this.#options.recordFailure()
    // The health is no use of a key, and its answer says that the server is unavailable.
    if (failure !== undefined && operation !== GetHealthStatus) throw internal({ reason: failure })
    const input = readInput(operation, call.request.body)
    call.metadata = input.requestMetadata
    try {
      call.performed = await operation.handle(this.#contextOf(call, input))
    } finally {
      operation.wipe?.(input)
    }
    if (operation.usesKey) this.#noteUsage(call)
  }

  #contextOf<I>(call: ProxyCall, input: I): ProxyContext<I> {
    return {
      input,
      externalKey: () => served(call),
      open: () => {
        if (this.#openSide === undefined) throw internal({ reason: 'the server is sealed' })
        return this.#openSide
      },
      health: () => this.#health(call),
    }
  }

  async #health({ requestId }: ProxyCall): Promise<ProxyHealth> {
    const { version, recordFailure, onFault } = this.#options
    if (this.#openSide === undefined || recordFailure() !== undefined)
      return { status: 'UNAVAILABLE', version }
    const noteFault = (cause: unknown) => onFault(cause, requestId)
    return { status: await examine(this.#openSide, this.#keys.values(), noteFault), version }
  }

  #noteUsage({ performed, operation, time, eventId, requestId }: ProxyCall): void {
    if (performed?.key === undefined || operation === undefined) return
    const { arn, key } = performed.key
    const { accountId, region, keyId } = key
    const use = { scope: { accountId, region }, keyId, operation: operation.name, usedAt: time }
    this.#openSide?.keyUsages.note(arn, { ...use, eventId, requestId })
  }

  /** Returns the answer to a call once its record is on disk. */
  async #answer(call: ProxyCall): Promise<ProxyAnswer> {
    const { recordFailure, record, onFault } = this.#options
    const { requestId, operation, performed } = call
    if (call.refusal?.cause !== undefined) onFault(call.refusal.cause, requestId)
    // The health of a server that can record nothing is not recorded, as that of `/healthz` never is.
    const isUnrecordedHealth = operation === GetHealthStatus && recordFailure() !== undefined
    if (!(isUnrecordedHealth && performed !== undefined)) {
      try {
        await record(call.record())
      } catch {
        // The audit log has reported to the operator why it cannot be written.
        call.refusal = internal({ reason: 'the audit log cannot be written' })
      }
    }
    const { refusal } = call
    this.#metrics.answered(operation?.name ?? 'unknown', call.outcome, call.startedAt)
    return refusal === undefined
      ? { status: 200, requestId, body: JSON.stringify(performed?.output) }
      : { status: refusal.status, requestId, body: renderRefusal(refusal) }
  }
}

/** Returns the external key of a call. Throws XksRefusal if the proxy does not serve it. */
function served({ externalKey }: ProxyCall): ExternalKey {
  if (externalKey !== undefined) return externalKey
  throw new XksRefusal('KeyNotFoundException', 'The external key was not found.', {
    reason: 'the configuration has no such external key',
  })
}

/** Finds the operation that the path names, and the id of its external key. Throws XksRefusal. */
function findOperation(call: ProxyCall): AnyProxyOperation {
  const [, externalKeyId, ofKey, ofProxy] =
    /^\/(?:keys\/([^/]+)\/([^/]+)|([^/]+))$/.exec(call.request.path ?? '') ?? []
  const operation = byPath.get(ofKey === undefined ? (ofProxy ?? '') : `keys/${ofKey}`)
  if (operation === undefined || (externalKeyId !== undefined && !isXksKeyId(externalKeyId)))
    throw new XksRefusal('InvalidUriPathException', 'The specified URI path is not valid.')
  call.operation = operation
  call.externalKeyId = externalKeyId
  return operation
}

/** Reads the body as the input of an operation. Throws XksRefusal with ValidationException. */
function readInput({ input }: AnyProxyOperation, body: Buffer) {
  try {
    return decode(input, parseJson(utf8.decode(body)))
  } catch (error) {
    if (error instanceof ConstraintProblem) throw invalid(error.message)
    if (error instanceof SerializationProblem) throw invalid(error.message || 'The body has a wrong type.')
    // Of the text decoder and of the JSON parser, whose messages repeat the body.
    if (error instanceof TypeError || error instanceof SyntaxError) throw invalid('The body is not JSON.')
    throw error
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const invalid = (text: string) => new XksRefusal('ValidationException', text)

function renderRefusal({ errorName, message }: XksRefusal): string {
  return JSON.stringify({ errorName, errorMessage: message })
}
