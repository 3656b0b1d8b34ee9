import { compileNewPolicy, PolicyProblem } from '../../../access/index.ts'
import { partitionOf, ServiceError } from '../../../domain/index.ts'
import { mayBePrincipal, type Reader } from '../../../store/index.ts'
import { checkQuota } from '../wire/quotas.ts'

const malformed = (text: string, reason?: string) =>
  new ServiceError('MalformedPolicyDocumentException', text, reason === undefined ? {} : { reason })

/** Throws MalformedPolicyDocumentException if the document cannot be an inline policy. `region` is that of the request. */
export function checkIdentityPolicy(document: string, region: string): void {
  compile(document, 'inline', region)
}

/** Throws LimitExceededException or MalformedPolicyDocumentException if the document cannot be a managed policy. */
export function checkManagedPolicy(document: string, region: string): void {
  compile(document, 'managed', region)
  checkQuota('PolicySize', sizeOf(document))
}

/**
 * Throws LimitExceededException or MalformedPolicyDocumentException if the document cannot be a trust policy. Users and
 * roles of an account that exists here must exist too.
 */
export async function checkTrustPolicy(store: Reader, document: string, region: string): Promise<void> {
  const { principalArns } = compile(document, 'trust', region)
  checkQuota('ACLSizePerRole', sizeOf(document))
  for (const arn of principalArns) {
    if (!(await mayBePrincipal(store, arn))) throw malformed(`Invalid principal in policy: "AWS":"${arn}"`)
  }
}

/**
 * Returns the size that quotas limit: the characters without white space (IAM user guide, "IAM and AWS STS quotas").
 */
export function sizeOf(document: string): number {
  return document.replaceAll(/[ \t\r\n]/g, '').length
}

/** Entities of IAM are in the partition `aws` here in all Regions, and keys in the partition of their Region. */
function compile(document: string, use: 'managed' | 'inline' | 'trust', region: string) {
  try {
    return compileNewPolicy(document, use, use, ['aws', partitionOf(region)])
  } catch (error) {
    if (!(error instanceof PolicyProblem)) throw error
    throw malformed(error.answer ?? 'Syntax errors in policy.', error.message)
  }
}
