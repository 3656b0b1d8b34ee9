import { boolean, isoSecond, type Millis, required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onTrail } from '../wire/resources.ts'
import { timeType } from '../wire/shapes.ts'
import { existing } from '../wire/trail-names.ts'

/** Returns a JSON-formatted list of information about the specified trail. */
export const GetTrailStatus = operation({
  name: 'GetTrailStatus',
  effect: 'read',
  input: structure({ Name: required(string()) }),
  output: structure({
    IsLogging: boolean(),
    LatestDeliveryError: string(),
    LatestDeliveryTime: timeType,
    StartLoggingTime: timeType,
    StopLoggingTime: timeType,
    LatestDigestDeliveryTime: timeType,
    LatestDigestDeliveryError: string(),
    LatestDeliveryAttemptTime: string(),
    LatestNotificationAttemptTime: string(),
    LatestNotificationAttemptSucceeded: string(),
    LatestDeliveryAttemptSucceeded: string(),
    TimeLoggingStarted: string(),
    TimeLoggingStopped: string(),
  }),
  touches: { trail: onTrail<{ readonly Name: string }>(({ Name }) => Name) },
  async handle({ scope, trail: reference, store }) {
    const trail = existing(reference, scope)
    const chain = await store.trailChains.find(trail.trailId, scope.region)
    const { logFiles, digests } = chain ?? {}
    return {
      IsLogging: trail.isLogging,
      LatestDeliveryError: logFiles?.error,
      LatestDeliveryTime: logFiles?.deliveredAt,
      StartLoggingTime: trail.loggingStartedAt,
      StopLoggingTime: trail.loggingStoppedAt,
      LatestDigestDeliveryTime: digests?.deliveredAt,
      LatestDigestDeliveryError: digests?.error,
      LatestDeliveryAttemptTime: textOf(logFiles?.attemptedAt),
      LatestNotificationAttemptTime: '',
      LatestNotificationAttemptSucceeded: '',
      LatestDeliveryAttemptSucceeded: textOf(logFiles?.deliveredAt),
      TimeLoggingStarted: textOf(trail.loggingStartedAt),
      TimeLoggingStopped: textOf(trail.loggingStoppedAt),
    }
  },
})

/** The older members have times as texts, and an empty one for what never happened. */
const textOf = (time: Millis | undefined) => (time === undefined ? '' : isoSecond(time))
