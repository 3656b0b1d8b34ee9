import type { PolicyDocument } from '../policy/policy-document.ts'
import { objectOf } from '../policy/policy-json.ts'
import { PolicyProblem } from '../policy/policy-problem.ts'

/**
 * The condition keys that AWS KMS takes in identity policies only, in the order in which it names them (recorded from AWS; AWS
 * KMS developer guide, "ABAC for AWS KMS").
 */
const prohibitedKeys: readonly (readonly [RegExp, string])[] = [
  [/^aws:resourcetag(?:\/|$)/, 'aws:ResourceTag'],
  [/^kms:resourcetag(?:\/|$)/, 'kms:ResourceTag'],
  [/^kms:resourcealiases$/, 'kms:ResourceAliases'],
]

/** Checks that each statement of a key policy names a principal. Throws PolicyProblem. */
export function checkKeyPrincipals(document: Record<string, unknown>): void {
  const { Statement: given = [] } = document
  for (const [index, statement] of (Array.isArray(given) ? given : [given]).entries()) {
    const where = `Statement ${index + 1}`
    const { Principal, NotPrincipal } = objectOf(statement, where)
    if (isNobody(Principal ?? NotPrincipal))
      throw new PolicyProblem('Policy contains a statement with no principal.', where, 'AWS')
  }
}

const isNobody = (principal: unknown) =>
  principal === undefined ||
  (typeof principal === 'object' &&
    principal !== null &&
    Object.values(principal).every(names => Array.isArray(names) && names.length === 0))

/**
 * Checks the content of a key policy as AWS KMS does when it is put: since 2025-08-18 it refuses a statement without actions or
 * resources, which it stored without effect before (AWS's notice to customers). Throws PolicyProblem.
 */
export function checkKeyContent({ statements }: PolicyDocument): void {
  for (const [index, { actions, resources }] of statements.entries()) {
    const where = `Statement ${index + 1}`
    if (actions.items.length === 0) throw new PolicyProblem('Missing required field Action', where, 'AWS')
    if (resources?.items.length === 0)
      throw new PolicyProblem('Missing required field Resource', where, 'AWS')
  }
  const used = statements.flatMap(({ conditions }) => conditions.map(({ contextKey }) => contextKey))
  const prohibited = prohibitedKeys.filter(([pattern]) => used.some(key => pattern.test(key)))
  if (prohibited.length === 0) return
  const names = prohibited.map(([, name]) => name).join(', ')
  throw new PolicyProblem(`These condition keys are not permitted in a key policy: ${names}`, '', 'AWS')
}
