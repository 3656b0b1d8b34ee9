import type { ErrorCode } from './errors.ts'

/** An error as EC2 returns it. */
interface Ec2WireError {
  readonly code: string
  /** The HTTP status; that of the error if absent. */
  readonly status?: number
  /** EC2's own text; that of the error if absent. */
  readonly text?: string
}

/** Text and status were recorded from AWS (hashicorp/terraform issue 17273; aws/aws-sdk-java-v2 issue 2981). */
const authFailure: Ec2WireError = {
  code: 'AuthFailure',
  status: 401,
  text: 'AWS was not able to validate the provided access credentials',
}

/**
 * The errors of all services that EC2 returns under different names (Amazon EC2 API reference, "Error codes"). Any other error has
 * its own name without `Exception` as its code.
 */
const ec2WireErrors: { readonly [C in ErrorCode]?: Ec2WireError } = {
  AccessDeniedException: { code: 'UnauthorizedOperation', status: 403 },
  DryRunOperationException: {
    code: 'DryRunOperation',
    status: 412,
    text: 'Request would have succeeded, but DryRun flag is set.',
  },
  ExpiredTokenException: { code: 'RequestExpired', text: 'Request has expired.' },
  InternalFailure: { code: 'InternalError' },
  InvalidSignatureException: authFailure,
  KMSInternalException: { code: 'InternalError' },
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationToken', status: 403 },
  SerializationException: { code: 'InvalidParameterValue' },
  ThrottlingException: { code: 'RequestLimitExceeded', status: 503 },
  UnknownOperationException: { code: 'InvalidAction' },
  UnrecognizedClientException: authFailure,
  ValidationException: { code: 'InvalidParameterValue' },
}

/** Returns an error as EC2 names it. */
export function ec2WireError(code: ErrorCode): Ec2WireError {
  return ec2WireErrors[code] ?? { code: code.replace(/Exception$/, '') }
}
