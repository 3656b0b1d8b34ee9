/** A whole answer, ready to be written. */
export interface WireAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly requestId: string
  /** The encoded details of a denial. */
  readonly authorizationMessage?: string | undefined
}
