import { compilePolicy, PolicyProblem } from '../../../access/index.ts'
import { ServiceError } from '../../../domain/index.ts'
import { mayBePrincipal, type Reader } from '../../../store/index.ts'
import { checkQuota } from '../wire/quotas.ts'

const malformed = (text: string, reason?: string) =>
  new ServiceError('MalformedPolicyDocumentException', text, reason === undefined ? {} : { reason })

/** What AWS itself says of a document; of any other fault it says that the syntax is wrong. */
const toldTexts = [
  /^Policy statement must contain (actions|resources)\.$/,
  /^Policy document should not specify a principal\.$/,
  /^Has prohibited field \w+$/,
  /^Missing required field \w+$/,
  /^AssumeRole policy may only specify STS AssumeRole actions\.$/,
  /^Resource .* must be in ARN format or "\*"\.$/s,
  /^Statement IDs \(SID\) in a single policy must be unique\.$/,
]

/** Throws MalformedPolicyDocumentException for what no identity can have as its policy. */
export function checkIdentityPolicy(document: string): void {
  compile(document, 'identity')
}

/** Throws LimitExceededException or MalformedPolicyDocumentException for what no managed policy can say. */
export function checkManagedPolicy(document: string): void {
  compile(document, 'identity')
  checkQuota('PolicySize', sizeOf(document))
}

/**
 * Throws LimitExceededException or MalformedPolicyDocumentException for what no role can have as its trust policy. Users and
 * roles of accounts that are here must be here too.
 */
export async function checkTrustPolicy(store: Reader, document: string): Promise<void> {
  const { principalArns } = compile(document, 'trust')
  checkQuota('ACLSizePerRole', sizeOf(document))
  for (const arn of principalArns) {
    if (!(await mayBePrincipal(store, arn))) throw malformed(`Invalid principal in policy: "AWS":"${arn}"`)
  }
}

/** The size that quotas are about: characters but for white space (IAM user guide, "IAM and AWS STS quotas"). */
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
  return toldTexts.some(pattern => pattern.test(text)) ? text : 'Syntax errors in policy.'
}
