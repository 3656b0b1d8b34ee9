/** A whole answer, ready to be written. */
export interface WireAnswer {
  readonly status: number
  /** Undefined for an answer without a body. */
  readonly contentType: string | undefined
  readonly body: string
  readonly requestId: string
  /** The encoded details of a denial. */
  readonly authorizationMessage?: string | undefined
  /** Further header lines, each made by `headerLine`. */
  readonly headerLines?: string
}
