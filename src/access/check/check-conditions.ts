import { kmsActions } from '../../domain/index.ts'
import type { Condition } from '../condition/condition.ts'
import { findConditionKey } from '../condition/known-condition-keys.ts'
import { compileWildcard } from '../pattern/wildcard.ts'
import type { Statement } from '../policy/policy-document.ts'
import { type PolicyFinding, warning } from './policy-finding.ts'

/** Finds conditions that the grammar allows but that probably do not work as their author intends. */
export function checkConditions(statement: Statement, place: string): PolicyFinding[] {
  return statement.conditions.flatMap(condition => {
    const conditionPlace = `${place}: Condition: ${condition.operator}: ${condition.key}`
    return [
      ...checkKey(condition, statement, conditionPlace),
      ...checkSetOperator(condition, statement, conditionPlace),
      ...checkValues(condition, conditionPlace),
      ...checkTransport(condition, statement, conditionPlace),
    ]
  })
}

function checkKey({ key }: Condition, { actions }: Statement, place: string): PolicyFinding[] {
  if (!/^(kms|aws):/i.test(key)) return []
  const known = findConditionKey(key)
  if (known === undefined) return [warning('unknownConditionKey', place, `There is no condition key ${key}.`)]
  if (known.actions === undefined || actions.isNot) return []
  const keyActions = known.actions.map(action => `kms:${action.toLowerCase()}`)
  const without = actions.items.filter(action => {
    const matches = compileWildcard(action.toLowerCase())
    const isOfKms = kmsActions.some(name => matches(`kms:${name.toLowerCase()}`))
    return isOfKms && !keyActions.some(matches)
  })
  return without.map(action =>
    warning('conditionKeyNeverPresent', place, `Requests for ${action} never have ${key}.`),
  )
}

/** Checks for missing or risky set operators (IAM user guide, "Single-valued vs. multivalued context keys"). */
function checkSetOperator(
  { key, contextKey, operator, setOperator }: Condition,
  { effect, conditions }: Statement,
  place: string,
): PolicyFinding[] {
  const known = findConditionKey(contextKey)
  if (known === undefined || operator === 'Null') return []
  if (known.isMultivalued && setOperator === undefined)
    return [
      warning(
        'setOperatorMissing',
        place,
        `${key} is a list: use ForAnyValue or ForAllValues, because a list is neither equal to a value nor different from it.`,
      ),
    ]
  const isRequired = conditions.some(
    other => other.operator === 'Null' && other.contextKey === contextKey && other.values.includes('false'),
  )
  if (setOperator !== 'ForAllValues' || effect === 'Deny' || isRequired) return []
  const advice = 'Requests without the key meet ForAllValues; add a Null condition to require the key.'
  return [warning('forAllValuesOfNothing', place, advice)]
}

/** Finds a Deny of plain HTTP. On AWS all requests come over TLS, but not here. */
function checkTransport(
  { contextKey, operator, values }: Condition,
  { effect }: Statement,
  place: string,
): PolicyFinding[] {
  const met = operator.includes('Not') ? 'true' : 'false'
  const isDenied = effect === 'Deny' && values.some(value => value.toLowerCase() === met)
  if (!isDenied || contextKey.toLowerCase() !== 'aws:securetransport' || operator === 'Null') return []
  return [
    warning(
      'deniesPlainHttp',
      place,
      'Over plain HTTP the statement denies all that it covers, to administrators too: the clients that it applies to need the HTTPS URL.',
    ),
  ]
}

function checkValues({ values, operator, variables }: Condition, place: string): PolicyFinding[] {
  if (values.length === 0)
    return [warning('noValues', place, 'The condition has no values to compare with, so no value matches.')]
  if (/^(?:\w+:)?(?:Bool|Null)(?:IfExists)?$/.test(operator) && variables.length === 0) {
    return values
      .filter(value => !/^(true|false)$/i.test(value))
      .map(value => warning('noTruth', place, `'${value}' is neither true nor false, and counts as false.`))
  }
  if (!/Arn(Not)?(Equals|Like)/.test(operator) || variables.length > 0) return []
  return values
    .filter(value => !/^\*+$/.test(value) && !/^[^:]*(:[^:]*){4}:./s.test(value))
    .map(value => warning('noArn', place, `'${value}' is not an ARN, and matches no ARN.`))
}
