import { type XksErrorName, xksErrorStatus, xksLimits } from './xks-proxy-api.ts'

/**
 * An error that a proxy answers with (XKS proxy API specification, "Error codes"). The client sees the name and the text; `reason` is for
 * the log and the audit record.
 */
export class XksRefusal extends Error {
  readonly errorName: XksErrorName
  readonly reason: string | undefined
  /** The HTTP status of the answer. */
  readonly status: number

  constructor(
    errorName: XksErrorName,
    text: string,
    inside: { readonly reason?: string; readonly cause?: unknown; readonly status?: number } = {},
  ) {
    super(printable(text), inside.cause === undefined ? undefined : { cause: inside.cause })
    this.errorName = errorName
    this.reason = inside.reason
    this.status = inside.status ?? xksErrorStatus[errorName]
  }
}

/** Error texts are printable ASCII, and shorter than the limit. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, xksLimits.errorMessageLength - 1)
}
