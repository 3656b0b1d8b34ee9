/** The account that work is done for, and whether anybody still waits for the result. */
export interface Requester {
  /** The account of the caller. Accounts take turns where work has to wait. */
  readonly accountId: string
  /** Aborts when nobody waits any more: work that has not begun is then dropped. */
  readonly signal?: AbortSignal | undefined
  /** The call that the work is for; absent for work of the server itself. */
  readonly purpose?: CallPurpose | undefined
  /** Whether the call is a rehearsal, which nobody outside may notice. */
  readonly isDryRun?: boolean
}

/** A call as the managers of external keys hear of it (XKS proxy API specification, "requestMetadata"). */
export interface CallPurpose {
  readonly principalArn: string
  /** The name of the operation, such as `GenerateDataKey`. */
  readonly operation: string
  readonly requestId: string
  /** The AWS service that calls on somebody's behalf, as `kms:ViaService` has it. */
  readonly viaService: string | undefined
  readonly sourceVpc: string | undefined
  readonly sourceVpce: string | undefined
}
