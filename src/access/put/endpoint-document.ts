import type { Condition } from '../condition/condition.ts'
import { parsePolicy, type Statement } from '../policy/policy-document.ts'
import { PolicyProblem } from '../policy/policy-problem.ts'
import { parseTemplate } from '../policy/policy-variable.ts'

/** The condition keys whose values are ids that AWS makes, in lower case. The guide names two of them as examples. */
const keysOfIds: ReadonlySet<string> = new Set([
  ...['aws:principalaccount', 'aws:principalorgid', 'aws:resourceaccount', 'aws:resourceorgid'],
  ...['aws:sourceaccount', 'aws:sourceorgid', 'aws:sourcevpc', 'aws:sourcevpce'],
  ...['aws:vpceaccount', 'aws:vpceorgid'],
])

/** The characters that must stand on one side of a wildcard. */
const besideWildcardMin = 6

/**
 * Checks the policy of a VPC endpoint when it is put: its grammar, and the rules for wildcards of endpoint policies (AWS PrivateLink guide, "Control
 * access to VPC endpoints using endpoint policies"). The guide has no texts for them. `hasVariables` is whether the document's version
 * has policy variables. Throws PolicyProblem.
 */
export function checkEndpointDocument(text: string, hasVariables: boolean): void {
  for (const [index, statement] of parsePolicy(text, 'endpoint').statements.entries())
    checkStatement(statement, hasVariables, `Statement ${index + 1}`)
}

function checkStatement({ resources, conditions }: Statement, hasVariables: boolean, where: string): void {
  for (const { text } of resources?.items ?? []) checkAccount(text, hasVariables, `${where}: Resource`)
  for (const condition of conditions) {
    const { operator, key, values, contextKey } = condition
    const place = `${where}: Condition: ${operator}: ${key}`
    if (keysOfIds.has(contextKey)) checkIds(condition, hasVariables, place)
    for (const value of values) {
      checkAccount(value, hasVariables, place)
      if (/^(?:\w+:)?String(?:Not)?Like/.test(operator)) checkWildcards(value, hasVariables, place)
    }
  }
}

function checkIds({ operator, values }: Condition, hasVariables: boolean, place: string): void {
  if (/^(?:\w+:)?Numeric/.test(operator))
    throw new PolicyProblem('an id cannot be compared as a number', place)
  for (const value of values)
    if (/[*?]/.test(withoutVariables(value, hasVariables, place)))
      throw new PolicyProblem(`'${value}' has a wildcard, which an id cannot have`, place)
}

function checkAccount(value: string, hasVariables: boolean, place: string): void {
  if (!value.startsWith('arn:')) return
  const account = withoutVariables(value, hasVariables, place).split(':')[4] ?? ''
  if (/[*?]/.test(account) && /[^*?]/.test(account))
    throw new PolicyProblem(`the account of '${value}' has a wildcard beside other characters`, place)
}

function checkWildcards(value: string, hasVariables: boolean, place: string): void {
  const beside = withoutVariables(value, hasVariables, place).split(/[*?]/)
  for (const [index, before] of beside.slice(0, -1).entries()) {
    const after = beside[index + 1] ?? ''
    if (Math.max(before.length, after.length) < besideWildcardMin)
      throw new PolicyProblem(
        `'${value}' has a wildcard without ${besideWildcardMin} characters on one side`,
        place,
      )
  }
}

/** The value with a character that is not a wildcard for each character of a policy variable. */
function withoutVariables(value: string, hasVariables: boolean, place: string): string {
  return parseTemplate(value, hasVariables, place)
    .map(part => {
      if (part.type === 'text') return part.text
      return '$'.repeat(part.type === 'literal' ? 1 : part.key.length)
    })
    .join('')
}
