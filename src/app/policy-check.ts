import { readFileSync } from 'node:fs'
import { checkPolicy, type PolicyFinding, type PolicyKind, policyGrammars } from '../access/index.ts'
import { OperatorError } from '../std/index.ts'

export type { PolicyFinding }

/** The kinds of policies that can be checked. */
export const policyKinds = Object.keys(policyGrammars) as readonly PolicyKind[]

/** Checks a policy in a file and returns its errors and warnings. Throws OperatorError. */
export function checkPolicyFile(path: string, kind: string): readonly PolicyFinding[] {
  const known = policyKinds.find(item => item === kind)
  if (known === undefined) {
    throw new OperatorError(`'${kind}' is no kind of policy; the kinds are ${policyKinds.join(', ')}.`)
  }
  return checkPolicy(readPolicyFile(path), known)
}

/** The text of a policy in a file. Throws OperatorError. */
export function readPolicyFile(path: string): string {
  try {
    // `-` is standard input, so that a policy can be checked without a file.
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    throw new OperatorError(`The policy ${path} cannot be read: ${(error as Error).message}`)
  }
}
