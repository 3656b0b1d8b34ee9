import { arnOfTrail, parseArn, ServiceError, type Trail } from '../../domain/index.ts'
import { serviceIdentity } from '../../identity/index.ts'
import type { Service } from '../../operation/index.ts'
import type { Pipeline } from '../../pipeline/index.ts'
import type { Delivery } from './delivery.ts'

/** The name under which AWS CloudTrail calls other services. */
const principal = 'cloudtrail.amazonaws.com'

/**
 * Makes a data key under the key of a trail as CloudTrail does, when a trail is made or changed: the key policy must allow
 * it (CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail"). Returns the error of AWS KMS.
 */
export async function tryTrailKey(
  pipeline: Pipeline,
  kms: Service,
  { isDirectory }: Pick<Delivery, 'isDirectory'>,
  trail: Trail,
  keyArn: string,
): Promise<ServiceError | undefined> {
  const { accountId, homeRegion, s3BucketName } = trail
  if (isDirectory(s3BucketName))
    return new ServiceError(
      'UnsupportedOperationException',
      `The bucket ${s3BucketName} is a directory of this server, which encrypts no files.`,
    )
  const operation = kms.operations.get('GenerateDataKey')
  if (operation === undefined) throw new Error('AWS KMS makes no data keys')
  const { partition = 'aws', region = homeRegion } = parseArn(keyArn) ?? {}
  const trailArn = arnOfTrail(trail)
  const { error } = await pipeline.perform({
    service: kms,
    operation,
    authenticate: () => ({
      identity: serviceIdentity(accountId, principal),
      scope: { accountId, region },
      accessKeyId: undefined,
    }),
    readInput: () => ({
      KeyId: keyArn,
      KeySpec: 'AES_256',
      EncryptionContext: {
        'aws:cloudtrail:arn': trailArn,
        'aws:s3:arn': `arn:${partition}:s3:::${s3BucketName}/AWSLogs/${accountId}/`,
      },
    }),
    sourceIpAddress: principal,
    userAgent: principal,
    host: undefined,
    referer: undefined,
    tlsDetails: undefined,
    serviceClaims: {
      onBehalfOf: undefined,
      session: undefined,
      sourceArn: trailArn,
      sourceAccount: accountId,
    },
  })
  return error
}
