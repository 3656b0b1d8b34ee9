import {
  type CompiledPolicy,
  compilePolicy,
  type PolicyKind,
  PolicyProblem,
  policyGrammars,
} from '../../../access/index.ts'
import { ServiceError } from '../../../domain/index.ts'
import { sizeOf } from '../policies/policy-documents.ts'

/** Returns the error for an invalid input of a simulation; `reason` is for the audit record. */
export const invalidInput = (text: string, reason?: string) =>
  new ServiceError('InvalidInputException', text, reason === undefined ? {} : { reason })

/**
 * Compiles a policy to simulate; `key` is its name in reasons. Throws InvalidInputException; for a policy of the
 * request, its text was recorded from AWS.
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
 * Limits service control policies and resource policies to the size that real ones can have. Identity policies and
 * boundaries may be as long as the API accepts (131,072 characters; IAM API reference, "SimulateCustomPolicy"), because
 * managed policies of AWS, such as ReadOnlyAccess, are longer than the policies of customers may be.
 */
function checkSize(document: string, kind: PolicyKind, name: string): void {
  if (kind !== 'serviceControl' && kind !== 'key') return
  const { sizeMax } = policyGrammars[kind]
  if (sizeOf(document) > sizeMax)
    throw invalidInput(`The policy in ${name} is longer than ${sizeMax} characters without its white space.`)
}
