/**
 * CloudTrail's names of errors of services that speak AWS Query, where they differ from those of KMS (IAM API reference,
 * "Common Errors").
 */
export const queryErrorCodes = {
  InvalidSignatureException: 'SignatureDoesNotMatch',
  KMSInternalException: 'InternalFailure',
} as const
