import {
  type CompiledPolicy,
  compilePolicy,
  type PolicyKind,
  PolicyProblem,
  policyGrammars,
} from '../../../access/index.ts'
import { ServiceError } from '../../../domain/index.ts'
import { sizeOf } from '../policies/policy-documents.ts'

export const invalidInput = (text: string, reason?: string) =>
  new ServiceError('InvalidInputException', text, reason === undefined ? {} : { reason })

/**
 * `key` is what reasons call it. Throws InvalidInputException, of policies that stand in the request with AWS's text
 * (recorded from AWS).
 */
export function compileSimulated(
  document: string,
  kind: PolicyKind,
  name: string,
  key: string = name,
): CompiledPolicy {
  checkSize(document, kind, name)
  try {
    return compilePolicy(document, kind, key)
  } catch (error) {
    if (!(error instanceof PolicyProblem)) throw error
    const item = /^PolicyInputList\.(\d+)$/.exec(name)?.[1]
    const text =
      item === undefined ? `Invalid policy in ${name}.` : `Policy input list item ${item} has invalid content`
    throw invalidInput(text, error.message)
  }
}

/**
 * Nothing can have a service control policy or a resource policy that is larger. Policies of identities and boundaries may be as
 * long as the API takes them (131,072 characters; IAM API reference, "SimulateCustomPolicy"), since AWS's own managed policies,
 * such as ReadOnlyAccess, are longer than anybody else's may be.
 */
function checkSize(document: string, kind: PolicyKind, name: string): void {
  if (kind !== 'serviceControl' && kind !== 'key') return
  const { sizeMax } = policyGrammars[kind]
  if (sizeOf(document) > sizeMax)
    throw invalidInput(`The policy in ${name} is longer than ${sizeMax} characters without its white space.`)
}
