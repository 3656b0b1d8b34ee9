import { ec2Statuses } from './ec2-errors.ts'

/**
 * The HTTP status of every error that the server can return, by AWS's name. AWS KMS returns 400 for each client error,
 * whatever its API model says (recorded from AWS), and 500 for faults of the server. Errors of IAM have the statuses of its model.
 */
const statusOf = {
  ...ec2Statuses,
  AccessDeniedException: 400,
  AlreadyExistsException: 400,
  CloudTrailARNInvalidException: 400,
  CloudWatchLogsDeliveryUnavailableException: 400,
  ConflictException: 400,
  CustomKeyStoreHasCMKsException: 400,
  CloudHsmClusterInUseException: 400,
  CloudHsmClusterInvalidConfigurationException: 400,
  CloudHsmClusterNotActiveException: 400,
  CloudHsmClusterNotFoundException: 400,
  CloudHsmClusterNotRelatedException: 400,
  CustomKeyStoreInvalidStateException: 400,
  CustomKeyStoreNameInUseException: 400,
  CustomKeyStoreNotFoundException: 400,
  DeleteConflictException: 409,
  DependencyTimeoutException: 500,
  DisabledException: 400,
  DryRunOperationException: 400,
  EntityAlreadyExistsException: 409,
  ExpiredIdentityTokenException: 400,
  ExpiredImportTokenException: 400,
  ExpiredTokenException: 400,
  IDPCommunicationErrorException: 400,
  IncompleteSignatureException: 400,
  IncorrectKeyException: 400,
  IncorrectKeyMaterialException: 400,
  IncorrectTrustAnchorException: 400,
  InsightNotEnabledException: 400,
  InsufficientEncryptionPolicyException: 400,
  InsufficientS3BucketPolicyException: 400,
  InsufficientSnsTopicPolicyException: 400,
  InternalFailure: 500,
  InvalidAliasNameException: 400,
  InvalidArnException: 400,
  InvalidAuthorizationMessageException: 400,
  InvalidCiphertextException: 400,
  InvalidEventCategoryException: 400,
  InvalidEventSelectorsException: 400,
  InvalidGrantIdException: 400,
  InvalidGrantTokenException: 400,
  InvalidHomeRegionException: 400,
  InvalidIdentityTokenException: 400,
  InvalidImportTokenException: 400,
  InvalidInputException: 400,
  InvalidKeyUsageException: 400,
  InvalidKmsKeyIdException: 400,
  InvalidLookupAttributesException: 400,
  InvalidMarkerException: 400,
  InvalidMaxResultsException: 400,
  InvalidNextTokenException: 400,
  InvalidParameterCombinationException: 400,
  InvalidParameterValueException: 400,
  InvalidQueryParameterException: 400,
  InvalidS3BucketNameException: 400,
  InvalidS3PrefixException: 400,
  InvalidSignatureException: 400,
  InvalidTagParameterException: 400,
  InvalidTimeRangeException: 400,
  InvalidTokenException: 400,
  InvalidTrailNameException: 400,
  KMSInternalException: 500,
  KMSInvalidMacException: 400,
  KMSInvalidSignatureException: 400,
  KMSInvalidStateException: 400,
  KmsException: 400,
  KmsKeyNotFoundException: 400,
  LimitExceededException: 400,
  MalformedPolicyDocumentException: 400,
  MalformedQueryStringException: 404,
  MaximumNumberOfTrailsExceededException: 400,
  MissingActionException: 400,
  MissingAuthenticationTokenException: 400,
  NoSuchEntityException: 404,
  NotAuthorizedException: 400,
  NotFoundException: 400,
  OrganizationsNotInUseException: 400,
  PackedPolicyTooLargeException: 400,
  PolicyNotAttachableException: 400,
  RequestAbortedException: 400,
  RequestEntityTooLargeException: 413,
  ResourceNotFoundException: 400,
  ResourceTypeNotSupportedException: 400,
  S3BucketDoesNotExistException: 400,
  SerializationException: 400,
  ServiceUnavailableException: 503,
  TagException: 400,
  TagsLimitExceededException: 400,
  ThrottlingException: 400,
  TrailAlreadyExistsException: 400,
  TrailNotFoundException: 400,
  UnknownOperationException: 400,
  UnmodifiableEntityException: 400,
  UnrecognizedClientException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,
  XksKeyAlreadyInUseException: 400,
  XksKeyInvalidConfigurationException: 400,
  XksKeyNotFoundException: 400,
  XksProxyIncorrectAuthenticationCredentialException: 400,
  XksProxyInvalidConfigurationException: 400,
  XksProxyInvalidResponseException: 400,
  XksProxyUriEndpointInUseException: 400,
  XksProxyUriInUseException: 400,
  XksProxyUriUnreachableException: 400,
  XksProxyVpcEndpointServiceInUseException: 400,
  XksProxyVpcEndpointServiceInvalidConfigurationException: 400,
  XksProxyVpcEndpointServiceNotFoundException: 400,
} as const satisfies Record<string, 400 | 404 | 409 | 413 | 500 | 503>

/** The name of an error that the server can return. */
export type ErrorCode = keyof typeof statusOf

/** The names of all errors that the server can return. */
export const errorCodes = Object.keys(statusOf) as readonly ErrorCode[]

interface Inside {
  readonly reason?: string | undefined
  readonly cause?: unknown
  readonly details?: (() => Iterable<string>) | undefined
  readonly isByEndpoint?: boolean
}

/**
 * An answer that is an error. The client sees only `text`, which may be absent because AWS sends some errors without one.
 * `reason` is for the log and for readers of the audit record.
 */
export class ServiceError extends Error {
  readonly code: ErrorCode
  readonly text: string | undefined
  readonly reason: string | undefined
  /** The details of a denial, in ever shorter forms: the client gets them encoded (AWS STS, "DecodeAuthorizationMessage"). */
  readonly details: (() => Iterable<string>) | undefined
  /** Whether only the policy of the VPC endpoint denies the request: the record is then a network activity event. */
  readonly isByEndpoint: boolean

  constructor(code: ErrorCode, text?: string, inside: Inside = {}) {
    super(text ?? inside.reason ?? code, inside.cause === undefined ? undefined : { cause: inside.cause })
    this.code = code
    this.text = text
    this.reason = inside.reason
    this.details = inside.details
    this.isByEndpoint = inside.isByEndpoint === true
  }

  /** Returns the same error with a different text, and with a reason if it had none. */
  withText(text: string, reason?: string): ServiceError {
    return new ServiceError(this.code, text, { ...this, cause: this.cause, reason: this.reason ?? reason })
  }

  /** The HTTP status of the answer. */
  get status(): number {
    return statusOf[this.code]
  }

  /** Whether the server is at fault, so that the cause belongs in its log. */
  get isFault(): boolean {
    return this.status >= 500
  }
}

/** Turns a thrown value into an answer. A value other than a ServiceError is our fault, and the answer reveals nothing. */
export function toServiceError(thrown: unknown, faultCode: ErrorCode = 'KMSInternalException'): ServiceError {
  return thrown instanceof ServiceError ? thrown : new ServiceError(faultCode, undefined, { cause: thrown })
}

/** The error for a key that does not exist. */
export const keyNotFound = (keyArn: string) =>
  new ServiceError('NotFoundException', `Key '${keyArn}' does not exist`)
/** The error for a text that is not a key id. In an ARN it has no quotes (texts recorded from AWS). */
export const invalidKeyId = (keyId: string, place: 'alone' | 'in an ARN') =>
  new ServiceError('NotFoundException', `Invalid keyId ${place === 'alone' ? `'${keyId}'` : keyId}`)
/** The error for an alias that does not exist. */
export const aliasNotFound = (aliasArn: string) =>
  new ServiceError('NotFoundException', `Alias ${aliasArn} is not found.`)
/** A ValidationException with a text. */
export const validation = (text: string) => new ServiceError('ValidationException', text)
/** The error for a broken ciphertext. It has no text (recorded from AWS), and must not reveal which part failed. */
export const invalidCiphertext = (reason: string) =>
  new ServiceError('InvalidCiphertextException', undefined, { reason })
/** The error for a ciphertext under a different key than the request names (text recorded from AWS). */
export const incorrectKey = () =>
  new ServiceError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )

/** The answer to a rehearsal that would have succeeded (text recorded from AWS). */
export const dryRunSucceeded = () =>
  new ServiceError(
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
  )
