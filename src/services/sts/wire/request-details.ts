import type { ServiceRecords } from '../../../operation/index.ts'

const globalHost = 'sts.amazonaws.com'

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
