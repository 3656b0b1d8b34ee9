import { parseJson, uuid } from '../../std/index.ts'

interface ServiceEventRecord {
  readonly eventType?: string
  readonly eventName?: string
  readonly eventID?: string
  readonly eventTime?: string
  readonly awsRegion?: string
  readonly recipientAccountId?: string
  readonly resources?: readonly { readonly ARN: string }[]
  readonly serviceEventDetails?: Readonly<Record<string, string>>
}

/** EventBridge's names for what AWS KMS does by itself (AWS KMS developer guide, "Monitor KMS keys with Amazon EventBridge"). */
const detailTypes: Readonly<Record<string, string>> = {
  RotateKey: 'KMS CMK Rotation',
  DeleteKey: 'KMS CMK Deletion',
  DeleteExpiredKeyMaterial: 'KMS Imported Key Material Expiration',
}

/** The members of an event's detail, by those of the record's details. */
const detailNames: Readonly<Record<string, string>> = {
  keyOrigin: 'key-origin',
  rotationType: 'rotation-type',
  previousKeyMaterialId: 'previous-key-material-id',
  currentKeyMaterialId: 'current-key-material-id',
  keyMaterialId: 'key-material-id',
}

/** Whether a line may be a record of which EventBridge has an event of its own; parsing is dear. */
const mayBe = /"eventName":"(?:RotateKey|DeleteKey|DeleteExpiredKeyMaterial)"/

/**
 * Returns the event that EventBridge gets from AWS KMS for a rotation, an expiry or a deletion. Returns undefined for the
 * record of anything else.
 */
export function keyEventOf(line: string): object | undefined {
  if (!mayBe.test(line)) return undefined
  const record = parseJson(line) as ServiceEventRecord
  const detailType = detailTypes[record.eventName ?? '']
  if (detailType === undefined || record.eventType !== 'AwsServiceEvent') return undefined
  const [key] = record.resources ?? []
  const detail: Record<string, string> = { 'key-id': key?.ARN.split('/').at(-1) ?? '' }
  for (const [name, value] of Object.entries(record.serviceEventDetails ?? {})) {
    const shown = detailNames[name]
    if (shown !== undefined) detail[shown] = value
  }
  return {
    version: '0',
    id: record.eventID ?? uuid(),
    'detail-type': detailType,
    source: 'aws.kms',
    account: record.recipientAccountId,
    time: record.eventTime,
    region: record.awsRegion,
    resources: key === undefined ? [] : [key.ARN],
    detail,
  }
}
