import {
  aliasArn,
  isBucketName,
  keyArn,
  parseArn,
  parseKeyIdentifier,
  type Scope,
  ServiceError,
  type Trail,
} from '../../../domain/index.ts'
import type { Reader } from '../../../store/index.ts'
import type { CloudTrailTools } from '../operation.ts'

/** The settings of a request that makes or changes a trail. */
export interface GivenSettings {
  readonly S3BucketName?: string | undefined
  readonly S3KeyPrefix?: string | undefined
  readonly SnsTopicName?: string | undefined
  readonly IncludeGlobalServiceEvents?: boolean | undefined
  readonly IsMultiRegionTrail?: boolean | undefined
  readonly EnableLogFileValidation?: boolean | undefined
  readonly CloudWatchLogsLogGroupArn?: string | undefined
  readonly CloudWatchLogsRoleArn?: string | undefined
  readonly KmsKeyId?: string | undefined
  readonly IsOrganizationTrail?: boolean | undefined
  readonly RecursiveLogging?: boolean | undefined
}

/**
 * Returns a trail with the settings of a request in place of its own; an empty text removes a setting. The key is still as the
 * request names it.
 */
export function withSettings(trail: Trail, given: GivenSettings): Trail {
  const textOr = (text: string | undefined, before: string | undefined) =>
    text === undefined ? before : text || undefined
  return {
    ...trail,
    s3BucketName: given.S3BucketName ?? trail.s3BucketName,
    s3KeyPrefix: textOr(given.S3KeyPrefix, trail.s3KeyPrefix),
    kmsKeyArn: textOr(given.KmsKeyId, trail.kmsKeyArn),
    includeGlobalServiceEvents: given.IncludeGlobalServiceEvents ?? trail.includeGlobalServiceEvents,
    isMultiRegionTrail: given.IsMultiRegionTrail ?? trail.isMultiRegionTrail,
    logFileValidationEnabled: given.EnableLogFileValidation ?? trail.logFileValidationEnabled,
    recursiveLogging: given.RecursiveLogging ?? trail.recursiveLogging,
  }
}

/** Refuses settings that no trail can have, and those that are not built. Throws ServiceError. */
export function checkSettings(trail: Trail, given: GivenSettings): void {
  checkBucketName(trail.s3BucketName)
  checkPrefix(trail.s3KeyPrefix)
  if (trail.isMultiRegionTrail && !trail.includeGlobalServiceEvents)
    throw new ServiceError(
      'InvalidParameterCombinationException',
      'Multi-Region trail must include global service events.',
    )
  checkBuilt(given)
}

/** Topics, log groups and trails of organizations do not exist here, so each is answered as one that is missing. */
function checkBuilt(given: GivenSettings): void {
  if (isGiven(given.SnsTopicName))
    throw new ServiceError(
      'InsufficientSnsTopicPolicyException',
      'SNS Topic does not exist or the topic policy is incorrect!',
    )
  if (isGiven(given.CloudWatchLogsLogGroupArn) || isGiven(given.CloudWatchLogsRoleArn))
    throw new ServiceError(
      'CloudWatchLogsDeliveryUnavailableException',
      'Cannot set a CloudWatch Logs delivery for this Region.',
    )
  if (given.IsOrganizationTrail === true)
    throw new ServiceError(
      'OrganizationsNotInUseException',
      'Your account is not a member of an organization.',
    )
}

const isGiven = (text: string | undefined) => text !== undefined && text !== ''

/** Refuses names that no bucket has. */
function checkBucketName(name: string): void {
  if (!isBucketName(name))
    throw new ServiceError('InvalidS3BucketNameException', `The S3 bucket name ${name} is not valid.`)
}

const prefixLengthMax = 200
/** `AWSLogs` and `awslogs` are one folder on some file systems. */
const unsafeParts: ReadonlySet<string> = new Set(['', '.', '..', 'awslogs'])

/**
 * The prefix becomes a part of keys and of paths, so it has no control characters and no parts that are dots. It does not lead into
 * the folders of other accounts, either: those are all in a folder `AWSLogs`, and the names of their digests are known before.
 */
function checkPrefix(prefix: string | undefined): void {
  if (prefix === undefined) return
  const isSafe = prefix.split('/').every(part => !unsafeParts.has(part.toLowerCase()))
  if (prefix.length > prefixLengthMax || !isSafe || !/^[\w!\-.*'()/ ]+$/.test(prefix))
    throw new ServiceError('InvalidS3PrefixException', `The S3 key prefix is not valid: ${prefix}`)
}

/** Asks the destination of a trail. Throws the ServiceError for a bucket that is missing or refuses the server. */
export async function checkDestination(
  { destinations }: Pick<CloudTrailTools, 'destinations'>,
  { s3BucketName }: Trail,
): Promise<void> {
  const answer = await destinations.check(s3BucketName)
  if (answer === 'missing')
    throw new ServiceError('S3BucketDoesNotExistException', `S3 bucket ${s3BucketName} does not exist!`)
  if (answer === 'denied')
    throw new ServiceError(
      'InsufficientS3BucketPolicyException',
      `Incorrect S3 bucket policy is detected for bucket: ${s3BucketName}`,
    )
}

/**
 * Returns the ARN of the key that a request names by key id, key ARN, alias name or alias ARN; undefined if there is no such
 * alias. Throws InvalidKmsKeyIdException for a text that has none of these forms.
 */
export async function resolveKey(store: Reader, scope: Scope, keyId: string): Promise<string | undefined> {
  // The bucket decides the Region of the key in AWS. Here it is the Region that the ARN names.
  const named = parseArn(keyId)
  const from = named === undefined ? scope : { ...scope, region: named.region }
  const identifier = identifierOf(keyId, from)
  if (identifier.type === 'key') return keyArn(identifier.scope, identifier.keyId)
  const alias = await store.aliases.find(identifier.scope, identifier.aliasName)
  if (alias !== undefined) return keyArn(identifier.scope, alias.targetKeyId)
  // Whether a different account has an alias is not for this caller, so the trial of the key refuses it.
  const isOwn = identifier.scope.accountId === scope.accountId
  return isOwn ? undefined : aliasArn(identifier.scope, identifier.aliasName)
}

function identifierOf(keyId: string, scope: Scope) {
  try {
    return parseKeyIdentifier(keyId, 'key-or-alias', scope)
  } catch {
    throw new ServiceError('InvalidKmsKeyIdException', `The KMS key id is not valid: ${keyId}`)
  }
}

/** Tries the key of a trail. Throws the ServiceError of CloudTrail for a key that the delivery cannot use. */
export async function checkKey({ keyTrial }: Pick<CloudTrailTools, 'keyTrial'>, trail: Trail): Promise<void> {
  const { kmsKeyArn, s3BucketName } = trail
  if (kmsKeyArn === undefined) return
  const error = await keyTrial(trail, kmsKeyArn)
  if (error === undefined) return
  const isForeign = parseArn(kmsKeyArn)?.accountId !== trail.accountId
  if (error.code === 'AccessDeniedException' || isForeign)
    throw new ServiceError(
      'InsufficientEncryptionPolicyException',
      `Insufficient permissions to access S3 bucket ${s3BucketName} or KMS key ${kmsKeyArn}.`,
      { reason: error.reason ?? error.code },
    )
  if (error.code === 'NotFoundException') throw keyNotThere(kmsKeyArn)
  throw new ServiceError('KmsException', error.text, { reason: error.code })
}

/** Returns the error for a key that does not exist. */
export const keyNotThere = (keyId: string) =>
  new ServiceError('KmsKeyNotFoundException', `The KMS key ${keyId} does not exist.`)
