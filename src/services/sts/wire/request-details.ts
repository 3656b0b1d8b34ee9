import type { ServiceRecords } from '../../../operation/index.ts'

/** The host of the endpoint that serves all Regions (AWS General Reference, "AWS Security Token Service endpoints"). */
export const globalHost = 'sts.amazonaws.com'

/**
 * Which endpoint served a request of STS, for its audit record (IAM user guide, "Logging IAM and AWS STS API calls with AWS
 * CloudTrail", "additionalEventData").
 */
export const requestDetails: NonNullable<ServiceRecords['additionalEventData']> = ({ region, host }) => ({
  RequestDetails: {
    awsServingRegion: region,
    endpointType: host?.toLowerCase() === globalHost ? 'global' : 'regional',
  },
})
