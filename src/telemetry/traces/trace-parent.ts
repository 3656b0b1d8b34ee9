/** The span of the client that a call belongs to. */
export interface TraceParent {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string
  /** Whether the client records the trace. */
  readonly isSampled: boolean
}

// Version ff and ids of zeros alone are not valid. A later version may add fields at the end.
const format = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/
const sampledFlag = 0x01

/**
 * Reads the header `traceparent`; returns undefined if it is not valid, and the call begins a trace of its own then (W3C Trace
 * Context, 3.2 and 4.3).
 */
export function readTraceParent(header: string): TraceParent | undefined {
  const [, version = '', traceId = '', spanId = '', flags = '', more] = format.exec(header) ?? []
  if (version === '' || (version === '00' && more !== undefined)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & sampledFlag) !== 0 }
}
