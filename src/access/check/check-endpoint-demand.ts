import { DecisionContext } from '../budget/decision-context.ts'
import { StepBudget } from '../budget/step-budget.ts'
import type { Condition } from '../condition/condition.ts'
import { endpointConditionKeys } from '../condition/known-condition-keys.ts'
import type { Statement } from '../policy/policy-document.ts'
import { type PolicyFinding, warning } from './policy-finding.ts'

const who = 'requests by the public listener, and requests that services make for a principal'

/**
 * Finds the demand of a key policy that requests come through a VPC endpoint (AWS KMS developer guide, "Use VPC endpoints to control
 * access"): a Deny on everyone for requests without an endpoint, or an endpoint in each Allow. Both reach more requests than
 * the author may have in mind.
 */
export function checkEndpointDemand(statements: readonly Statement[]): PolicyFinding[] {
  const denials = statements.flatMap((statement, index) =>
    deniesWithoutEndpoint(statement)
      ? [warning('demandsEndpoint', `Statement ${index + 1}`, `The statement denies ${who}.`)]
      : [],
  )
  const allows = statements.filter(({ effect }) => effect === 'Allow')
  const isDemanded = allows.length > 0 && allows.every(allowsOnlyByEndpoint)
  return isDemanded
    ? [
        ...denials,
        warning('demandsEndpoint', '', `Each Allow needs a VPC endpoint, so nothing allows ${who}.`),
      ]
    : denials
}

/** Whether a statement denies everyone what comes through no endpoint. NotPrincipal and a further condition leave somebody out. */
function deniesWithoutEndpoint({ effect, principals, conditions }: Statement): boolean {
  if (effect !== 'Deny' || principals?.isNot !== false || conditions.length === 0) return false
  const isForAll = principals.items.some(({ type }) => type === 'everyone' || type === 'account')
  return isForAll && conditions.every(condition => isOfEndpoint(condition) && isMetWithout(condition))
}

function allowsOnlyByEndpoint({ conditions }: Statement): boolean {
  return conditions.some(condition => isOfEndpoint(condition) && !isMetWithout(condition))
}

const isOfEndpoint = ({ contextKey }: Condition) => endpointConditionKeys.has(contextKey)

/** Whether a request without the condition key meets a condition. */
function isMetWithout({ isMet }: Condition): boolean {
  return isMet(new DecisionContext({ valuesOf: () => undefined }, new StepBudget()))
}
