import type { Millis } from '../../std/index.ts'
import { partitionOf, type Scope } from '../aws/region.ts'
import type { Tag } from '../aws/tag.ts'
import type { EventSelectors } from './selectors.ts'

/** A trail: which records of an account go to which bucket (CloudTrail User Guide, "Working with CloudTrail trails"). */
export interface Trail {
  /** Differs for a trail that is created again with its name, so that each has a chain of its own. */
  readonly trailId: string
  readonly accountId: string
  readonly homeRegion: string
  readonly name: string
  readonly createdAt: Millis
  readonly s3BucketName: string
  readonly s3KeyPrefix: string | undefined
  /** The key that encrypts the files, always as a key ARN. */
  readonly kmsKeyArn: string | undefined
  readonly includeGlobalServiceEvents: boolean
  readonly isMultiRegionTrail: boolean
  readonly logFileValidationEnabled: boolean
  /** Whether records that the trail's own delivery causes are delivered. */
  readonly recursiveLogging: boolean
  readonly selectors: EventSelectors
  readonly isLogging: boolean
  readonly loggingStartedAt: Millis | undefined
  readonly loggingStoppedAt: Millis | undefined
  readonly tags: readonly Tag[]
}

/** The most trails of an account in a Region; a multi-Region trail counts in each (CloudTrail User Guide, "Quotas"). */
export const trailsPerRegionMax = 5

/** The ARN of a trail; `region` is its home Region. */
export function trailArn({ accountId, region }: Scope, name: string): string {
  return `arn:${partitionOf(region)}:cloudtrail:${region}:${accountId}:trail/${name}`
}

/** The ARN of a trail. */
export const arnOfTrail = ({ accountId, homeRegion, name }: Trail) =>
  trailArn({ accountId, region: homeRegion }, name)

/** The Region in whose history the events of global services are (CloudTrail User Guide, "Global service events"). */
export const globalServicesRegion = 'us-east-1'

/** Whether a trail delivers the records of a Region. */
export function coversRegion(trail: Trail, region: string): boolean {
  return trail.isMultiRegionTrail || trail.homeRegion === region
}

/**
 * Whether a trail delivers the records of global services, which all lie in `globalServicesRegion`: a multi-Region trail
 * does, and a trail of that Region that includes them.
 */
export function coversGlobalServices(trail: Trail): boolean {
  return trail.includeGlobalServiceEvents && coversRegion(trail, globalServicesRegion)
}

/** Whether a text can be the name of a bucket (Amazon S3 user guide, "General purpose bucket naming rules"). */
export function isBucketName(text: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) && !text.includes('..') && !/^\d+(?:\.\d+){3}$/.test(text)
  )
}
