import { boolean, list, required, type Shape, string, structure, timestamp } from '../../../std/index.ts'

// CloudTrail has errors of its own for values that break a constraint, so shapes accept any value of the right type.

/** A point in time. CloudTrail writes whole seconds. */
export const timeType: Shape<number> = {
  ...timestamp(),
  encode: millis => Math.floor(millis / 1000),
}

export const tagType = structure({ Key: required(string()), Value: string() })
export const tagListType = list(tagType)

/** The settings that CreateTrail and UpdateTrail share. */
export const trailSettings = {
  S3KeyPrefix: string(),
  SnsTopicName: string(),
  IncludeGlobalServiceEvents: boolean(),
  IsMultiRegionTrail: boolean(),
  EnableLogFileValidation: boolean(),
  CloudWatchLogsLogGroupArn: string(),
  CloudWatchLogsRoleArn: string(),
  KmsKeyId: string(),
  IsOrganizationTrail: boolean(),
}

/** The settings of a trail, as CreateTrail and UpdateTrail answer them. */
export const shownSettings = structure({
  Name: string(),
  S3BucketName: string(),
  S3KeyPrefix: string(),
  IncludeGlobalServiceEvents: boolean(),
  IsMultiRegionTrail: boolean(),
  TrailARN: string(),
  LogFileValidationEnabled: boolean(),
  KmsKeyId: string(),
  IsOrganizationTrail: boolean(),
  RecursiveLogging: boolean(),
})

/** A trail, as GetTrail and DescribeTrails answer it. */
export const trailType = structure({
  Name: string(),
  S3BucketName: string(),
  S3KeyPrefix: string(),
  IncludeGlobalServiceEvents: boolean(),
  IsMultiRegionTrail: boolean(),
  HomeRegion: string(),
  TrailARN: string(),
  LogFileValidationEnabled: boolean(),
  KmsKeyId: string(),
  HasCustomEventSelectors: boolean(),
  HasInsightSelectors: boolean(),
  IsOrganizationTrail: boolean(),
  RecursiveLogging: boolean(),
})

const dataResourceType = structure({ Type: string(), Values: list(string()) })

export const eventSelectorListType = list(
  structure({
    ReadWriteType: string(),
    IncludeManagementEvents: boolean(),
    DataResources: list(dataResourceType),
    ExcludeManagementEventSources: list(string()),
  }),
)

const fieldSelectorType = structure({
  Field: required(string()),
  Equals: list(string()),
  StartsWith: list(string()),
  EndsWith: list(string()),
  NotEquals: list(string()),
  NotStartsWith: list(string()),
  NotEndsWith: list(string()),
})

export const advancedSelectorListType = list(
  structure({ Name: string(), FieldSelectors: required(list(fieldSelectorType)) }),
)

export const selectorsType = structure({
  TrailARN: string(),
  EventSelectors: eventSelectorListType,
  AdvancedEventSelectors: advancedSelectorListType,
})
