import type { ServiceError } from '../../domain/index.ts'
import type { Operation } from '../../operation/index.ts'
import type { AnswerObserver, CallObserver } from '../../pipeline/index.ts'
import { monotonicMillis, ownText } from '../../std/index.ts'
import type { Span, SpanNames } from './span.ts'
import { readTraceParent, type TraceParent } from './trace-parent.ts'

/** The names of services as SDKs have them (serviceId in AWS's API models). */
const sdkNames: Readonly<Record<string, string>> = {
  kms: 'KMS',
  iam: 'IAM',
  sts: 'STS',
  cloudtrail: 'CloudTrail',
  keyward: 'Keyward',
}

/** Makes a span of each call, except for calls of traces that their clients do not record. */
export class CallTraces implements CallObserver {
  readonly #add: (span: Span) => void
  readonly #names = new Map<Operation, SpanNames>()

  constructor(add: (span: Span) => void) {
    this.#add = add
  }

  of({ service, operation, traceparent }: Parameters<CallObserver['of']>[0]): AnswerObserver {
    // A copy of its own: the ids would otherwise hold the whole head of the request.
    const parent = traceparent === undefined ? undefined : readTraceParent(ownText(traceparent))
    if (parent?.isSampled === false) return unrecorded
    return new TracedAnswer(this.#namesOf(service.name, operation), parent, this.#add)
  }

  #namesOf(serviceName: string, operation: Operation): SpanNames {
    const known = this.#names.get(operation)
    if (known !== undefined) return known
    const names = { service: sdkNames[serviceName] ?? serviceName, operation: operation.name }
    this.#names.set(operation, names)
    return names
  }
}

const unrecorded: AnswerObserver = { answered: () => undefined }

class TracedAnswer implements AnswerObserver {
  readonly #names: SpanNames
  readonly #parent: TraceParent | undefined
  readonly #add: (span: Span) => void

  constructor(names: SpanNames, parent: TraceParent | undefined, add: (span: Span) => void) {
    this.#names = names
    this.#parent = parent
    this.#add = add
  }

  answered(requestId: string, error: ServiceError | undefined, startedAt: number): void {
    this.#add({
      names: this.#names,
      parent: this.#parent,
      requestId,
      status: error?.status ?? 200,
      errorCode: error?.code,
      startedAt,
      endedAt: monotonicMillis(),
    })
  }
}
