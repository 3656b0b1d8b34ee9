import { type CompiledPolicy, compilePolicy } from '../policy/compile.ts'
import { parsePolicy } from '../policy/policy-document.ts'
import { objectOf, parsePolicyJson } from '../policy/policy-json.ts'
import type { PolicyKind } from '../policy/policy-kind.ts'
import { PolicyProblem } from '../policy/policy-problem.ts'
import { checkEndpointDocument } from './endpoint-document.ts'
import { checkIdentityDocument, type IdentityUse } from './iam-document.ts'
import { checkKeyContent, checkKeyPrincipals } from './key-document.ts'
import { checkTrustDocument } from './trust-document.ts'

/** The use of a policy that is put, on which the rules for its content depend. */
export type PolicyUse = IdentityUse | 'trust' | 'key' | 'endpoint'

const kinds: Readonly<Record<PolicyUse, PolicyKind>> = {
  managed: 'identity',
  inline: 'identity',
  session: 'session',
  trust: 'trust',
  key: 'key',
  endpoint: 'endpoint',
}

/** The texts for documents that are not JSON (recorded from AWS). For other uses AWS has no text of its own. */
const notJson: Partial<Record<PolicyUse, string>> = {
  trust: 'This policy contains invalid Json',
  session: 'The policy is not in the valid JSON format.',
}

/** The partitions of ARNs (AWS General Reference, "ARN format"). */
const allPartitions: readonly string[] = [
  ...['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f'],
]

/**
 * Compiles a policy that is put. The rules for its content are stricter than for a stored policy, which may be older than they
 * are: such a policy stays in force as it is. Throws PolicyProblem, whose `answer` is AWS's text.
 */
export function compileNewPolicy(
  text: string,
  use: PolicyUse,
  name: string,
  partitions: readonly string[] = allPartitions,
): CompiledPolicy {
  checkNewPolicy(text, use, partitions)
  return compilePolicy(text, kinds[use], name)
}

/** Checks a policy as `compileNewPolicy` does. Throws PolicyProblem. */
export function checkNewPolicy(
  text: string,
  use: PolicyUse,
  partitions: readonly string[] = allPartitions,
): void {
  const document = objectOf(readJson(text, use), 'The policy')
  if (use === 'key') {
    checkKeyPrincipals(document)
    checkKeyContent(parsePolicy(text, 'key'))
  } else if (use === 'trust') {
    checkTrustDocument(document)
  } else if (use === 'endpoint') {
    checkEndpointDocument(text, document['Version'] === '2012-10-17')
  } else {
    checkIdentityDocument(document, use, partitions)
  }
}

function readJson(text: string, use: PolicyUse): unknown {
  try {
    return parsePolicyJson(text)
  } catch (problem) {
    const answer = notJson[use]
    if (!(problem instanceof PolicyProblem) || answer === undefined) throw problem
    throw new PolicyProblem(problem.message, problem.place, { answer })
  }
}
