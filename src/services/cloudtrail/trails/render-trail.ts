import { arnOfTrail, defaultSelectors, type Trail } from '../../../domain/index.ts'

/** The settings of a trail, as CreateTrail and UpdateTrail answer them. */
export function renderSettings(trail: Trail) {
  return {
    Name: trail.name,
    S3BucketName: trail.s3BucketName,
    S3KeyPrefix: trail.s3KeyPrefix,
    IncludeGlobalServiceEvents: trail.includeGlobalServiceEvents,
    IsMultiRegionTrail: trail.isMultiRegionTrail,
    TrailARN: arnOfTrail(trail),
    LogFileValidationEnabled: trail.logFileValidationEnabled,
    KmsKeyId: trail.kmsKeyArn,
    IsOrganizationTrail: false,
    RecursiveLogging: trail.recursiveLogging,
  }
}

/** A trail, as GetTrail and DescribeTrails answer it. */
export function renderTrail(trail: Trail) {
  return {
    ...renderSettings(trail),
    HomeRegion: trail.homeRegion,
    HasCustomEventSelectors: JSON.stringify(trail.selectors) !== JSON.stringify(defaultSelectors),
    HasInsightSelectors: false,
  }
}
