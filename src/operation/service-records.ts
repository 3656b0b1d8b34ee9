import type { Json } from '../std/index.ts'

/** How the audit records of a service differ from the rule for all services. */
export interface ServiceRecords {
  /** The awsRegion of all records; the Region of the request if absent. */
  readonly region?: string
  /** CloudTrail's names of errors, by ours. */
  readonly errorCodes?: Readonly<Record<string, string>>
  /** Whether a denial shows neither parameters nor resources. */
  readonly hidesDenied?: boolean
  /** Members of additionalEventData that every record has, except for calls of services. */
  readonly additionalEventData?: (facts: { readonly region: string; readonly host: string | undefined }) => {
    readonly [name: string]: Json
  }
}
