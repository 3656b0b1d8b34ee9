import { randomBytes, unixNanosByMoment } from '../../std/index.ts'
import type { TraceParent } from './trace-parent.ts'

/** The names of an operation in spans. */
export interface SpanNames {
  /** The name of the service in SDKs, such as `KMS`. */
  readonly service: string
  readonly operation: string
}

/** One call that has been answered. Nothing of it is the caller's own text: the parent's ids are hexadecimal digits. */
export interface Span {
  readonly names: SpanNames
  /** Undefined if the call begins a trace. */
  readonly parent: TraceParent | undefined
  readonly requestId: string
  readonly status: number
  /** The code of the error; undefined for a success. */
  readonly errorCode: string | undefined
  /** Moments of `monotonicMillis`. */
  readonly startedAt: number
  readonly endedAt: number
}

// The numbers of opentelemetry/proto/trace/v1/trace.proto. JSON has them instead of the names (OTLP, "JSON Protobuf Encoding").
const serverKind = 2
const errorStatus = 2
/** The span is sampled, and it is known whether its parent is remote. */
const sampledFlags = 0x01 | 0x100
const remoteParentFlag = 0x200

const [traceIdBytes, spanIdBytes] = [16, 8]

const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
/** A 64-bit number is a text in JSON (Protocol Buffers, "ProtoJSON Format"). */
const int = (key: string, value: number) => ({ key, value: { intValue: String(value) } })

/**
 * Renders spans as an ExportTraceServiceRequest in JSON (OpenTelemetry Protocol 1.x, "OTLP/HTTP", "JSON Protobuf Encoding").
 * The attributes have the names of OpenTelemetry's semantic conventions for RPC, HTTP, AWS SDK and errors.
 */
export function renderSpans(spans: readonly Span[], instanceId: string): string {
  const nanosOf = unixNanosByMoment()
  const resource = { attributes: [text('service.name', 'keyward'), text('service.instance.id', instanceId)] }
  const scopeSpans = [{ scope: { name: 'keyward' }, spans: spans.map(span => renderSpan(span, nanosOf)) }]
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] })
}

function renderSpan(span: Span, nanosOf: (moment: number) => string): object {
  const { names, parent, requestId, status, errorCode } = span
  return {
    traceId: parent?.traceId ?? randomBytes(traceIdBytes).toString('hex'),
    spanId: randomBytes(spanIdBytes).toString('hex'),
    ...(parent !== undefined && { parentSpanId: parent.spanId }),
    flags: parent === undefined ? sampledFlags : sampledFlags | remoteParentFlag,
    name: `${names.service} ${names.operation}`,
    kind: serverKind,
    startTimeUnixNano: nanosOf(span.startedAt),
    endTimeUnixNano: nanosOf(span.endedAt),
    attributes: [
      text('rpc.system', 'aws-api'),
      text('rpc.service', names.service),
      text('rpc.method', names.operation),
      int('http.response.status_code', status),
      text('aws.request_id', requestId),
      ...(errorCode === undefined ? [] : [text('error.type', errorCode)]),
    ],
    // A refusal is no fault of the server (semantic conventions for HTTP spans, "Status").
    ...(status >= 500 && { status: { code: errorStatus } }),
  }
}
