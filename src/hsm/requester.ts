/** The account that work is done for, and whether anybody still waits for the result. */
export interface Requester {
  /** The account of the caller. Accounts take turns where work has to wait. */
  readonly accountId: string
  /** Aborts when nobody waits any more: work that has not begun is then dropped. */
  readonly signal?: AbortSignal | undefined
}
