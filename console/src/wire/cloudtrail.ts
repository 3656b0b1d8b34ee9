import type * as CloudTrail from '@aws-sdk/client-cloudtrail'
import { jsonCall } from './call.ts'

/** The operations of CloudTrail that the console calls. */
export const cloudtrail = {
  lookupEvents: jsonCall<CloudTrail.LookupEventsCommandInput, CloudTrail.LookupEventsCommandOutput>(
    'cloudtrail',
    'LookupEvents',
    { times: ['Events[].EventTime'] },
  ),
}
