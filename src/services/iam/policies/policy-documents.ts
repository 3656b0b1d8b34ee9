import { compilePolicy, PolicyProblem } from '../../../access/index.ts'
import { ServiceError } from '../../../domain/index.ts'
import { mayBePrincipal, type Reader } from '../../../store/index.ts'
import { checkQuota } from '../wire/quotas.ts'

const malformed = (text: string, reason?: string) =>
  new ServiceError('MalformedPolicyDocumentException', text, reason === undefined ? {} : { reason })

/** The faults that AWS reports with these texts; it reports any other fault as a syntax error. */
const reportedFaults = [
  /^Policy statement must contain (actions|resources)\.$/,
  /^Policy document should not specify a principal\.$/,
  /^Has prohibited field \w+$/,
  /^Missing required field \w+$/,
  /^AssumeRole policy may only specify STS AssumeRole actions\.$/,
  /^Resource .* must be in ARN format or "\*"\.$/s,
  /^Statement IDs \(SID\) in a single policy must be unique\.$/,
]

/** Throws MalformedPolicyDocumentException if the document cannot be an identity policy. */
export function checkIdentityPolicy(document: string): void {
  compile(document, 'identity')
}

/** Throws LimitExceededException or MalformedPolicyDocumentException if the document cannot be a managed policy. */
export function checkManagedPolicy(document: string): void {
  compile(document, 'identity')
  checkQuota('PolicySize', sizeOf(document))
}

/**
 * Throws LimitExceededException or MalformedPolicyDocumentException if the document cannot be a trust policy. Users and
 * roles of an account that exists here must exist too.
 */
export async function checkTrustPolicy(store: Reader, document: string): Promise<void> {
  const { principalArns } = compile(document, 'trust')
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

function compile(document: string, kind: 'identity' | 'trust') {
  try {
    return compilePolicy(document, kind, kind)
  } catch (error) {
    if (error instanceof PolicyProblem) throw malformed(textOf(error), error.message)
    throw error
  }
}

function textOf({ message, place }: PolicyProblem): string {
  const where = `${place}: `
  const text = message.startsWith(where) ? message.slice(where.length) : message
  if (/^'[^:]*' is not an action$/s.test(text)) {
    return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
  }
  return reportedFaults.some(pattern => pattern.test(text)) ? text : 'Syntax errors in policy.'
}
