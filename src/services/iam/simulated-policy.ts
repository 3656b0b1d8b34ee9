import { type CompiledPolicy, compilePolicy, type PolicyKind, PolicyProblem } from '../../access/index.ts'
import { ServiceError } from '../../domain/index.ts'

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
