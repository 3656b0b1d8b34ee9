import { readEvent, type ShownEvent } from '../../../model/audit/events.ts'
import type { CallOptions } from '../../../wire/call.ts'
import { cloudtrail } from '../../../wire/cloudtrail.ts'
import { useCall } from '../../../wire/use-call.ts'

/** The most pages of fifty events that are read for a chart. */
const pagesMax = 40

/** The latest events of a key. `isWhole` says whether these are all. */
async function readEvents({ keyArn }: { readonly keyArn: string }, options?: CallOptions) {
  const events: ShownEvent[] = []
  let token: string | undefined
  for (let page = 0; page < pagesMax; page++) {
    const { Events = [], NextToken } = await cloudtrail.lookupEvents(
      {
        ...(token !== undefined && { NextToken: token }),
        LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: keyArn }],
      },
      options,
    )
    events.push(...Events.map(readEvent))
    token = NextToken
    if (token === undefined) return { events, isWhole: true }
  }
  return { events, isWhole: false }
}

export const useActivity = (keyArn: string) => useCall('KeyActivity', readEvents, { keyArn })
