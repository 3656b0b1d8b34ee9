import { globalServicesRegion, type SelectableEvent, selectsEvent, type Trail } from '../../domain/index.ts'
import { type Millis, parseJson } from '../../std/index.ts'

/** The records that a trail gets in one of its Regions. */
export interface Selection {
  readonly accountId: string
  readonly region: string
  readonly selectors: Trail['selectors']
  /** Whether the records of global services belong to the Region. */
  readonly hasGlobalServices: boolean
  /** The trail whose own deliveries are left out, and the key of its files; undefined if they are delivered. */
  readonly exceptDeliveries: { readonly trailArn: string; readonly keyArn: string } | undefined
  /** The end of logging. */
  readonly until: Millis | undefined
}

/** A record as a selection reads it. */
interface RecordFacts extends SelectableEvent {
  readonly eventTime: string
  readonly awsRegion: string
  readonly recipientAccountId?: string
  readonly resources?: readonly { readonly ARN: string }[]
  readonly requestParameters?: {
    readonly encryptionContext?: Readonly<Record<string, unknown>> | null
  } | null
  readonly additionalEventData?: { readonly RequestDetails?: { readonly endpointType?: string } }
}

/** A record that is selected by at least one trail. */
export interface SelectedRecord {
  readonly at: Millis
  readonly facts: RecordFacts
}

/** Reads what the selections need of a line of the log; undefined for a line that no trail gets. */
export function readRecord(line: string): SelectedRecord | undefined {
  const facts = parse(line)
  // Lines without a name of an event are the log's own; a record without an account is for the log alone.
  if (facts?.eventName === undefined || facts.recipientAccountId === undefined) return undefined
  const at = Date.parse(facts.eventTime)
  return Number.isNaN(at) ? undefined : { at, facts }
}

const accountBegin = '"recipientAccountId":"'

/**
 * Returns the account whose trails get the record of a line; an empty text without one. No member after it has a name that
 * a client chooses, so the last one counts.
 */
export function accountOf(line: string): string {
  const begin = line.lastIndexOf(accountBegin)
  return begin === -1 ? '' : line.slice(begin + accountBegin.length, begin + accountBegin.length + 12)
}

/** Whether a selection has a record. */
export function selects(selection: Selection, { at, facts }: SelectedRecord): boolean {
  const { accountId, region, selectors, hasGlobalServices, exceptDeliveries, until } = selection
  if (facts.recipientAccountId !== accountId || (until !== undefined && at > until)) return false
  if (isOfGlobalService(facts) ? !hasGlobalServices : facts.awsRegion !== region) return false
  if (exceptDeliveries !== undefined && isDeliveryOf(exceptDeliveries, facts)) return false
  return selectsEvent(selectors, facts)
}

/** CloudTrail User Guide, "Global service events": IAM, and STS at its global endpoint. */
function isOfGlobalService({ eventSource, awsRegion, additionalEventData }: RecordFacts): boolean {
  if (awsRegion !== globalServicesRegion) return false
  const isGlobalSts =
    eventSource === 'sts.amazonaws.com' && additionalEventData?.RequestDetails?.endpointType === 'global'
  return eventSource === 'iam.amazonaws.com' || isGlobalSts
}

/**
 * The calls that S3 makes for a delivery get data keys under the trail's key, and name the trail in their encryption context. A client
 * can name a trail in any context, and must not get its other calls out of the trail by that.
 */
function isDeliveryOf(
  { trailArn, keyArn }: NonNullable<Selection['exceptDeliveries']>,
  { eventSource, eventName, errorCode, requestParameters, resources }: RecordFacts,
): boolean {
  return (
    requestParameters?.encryptionContext?.['aws:cloudtrail:arn'] === trailArn &&
    eventSource === 'kms.amazonaws.com' &&
    /^GenerateDataKey(?:WithoutPlaintext)?$/.test(eventName) &&
    errorCode === undefined &&
    resources?.some(({ ARN: arn }) => arn === keyArn) === true
  )
}

function parse(line: string): RecordFacts | undefined {
  try {
    return parseJson(line) as RecordFacts
  } catch {
    // A line that somebody changed is for `keyward audit verify` to report.
    return undefined
  }
}
