import { type Explanation, renderExplanation } from '../../access/index.ts'
import type { AccessAnswer } from '../../operation/index.ts'
import { boolean, enumeration, integer, list, required, string, structure } from '../../std/index.ts'
import { grantRequestOf, mayCrossAccounts, readAction } from './explained-action.ts'
import { operation } from './operation.ts'

const text = string()
const texts = list(text)
const elementType = structure({
  Element: required(text),
  Matches: required(boolean()),
  Wanted: required(texts),
  Found: required(texts),
})
const statementType = structure({
  Statement: required(text),
  Effect: required(enumeration(['Allow', 'Deny'])),
  Applies: required(boolean()),
  Match: required(text),
  Elements: required(list(elementType)),
})
const policyType = structure({
  PolicyType: required(text),
  Policy: required(text),
  Level: integer(),
  IgnoredBecause: text,
  Statements: required(list(statementType)),
})

/**
 * Explains how a request of a principal for an action of AWS KMS is decided, with every statement that takes part and
 * the reason why it matches or not. It is for administrators of an account: it reveals the policies of the account's
 * principals and keys, and nothing of other accounts. docs/policy-explain.md describes requests between two accounts.
 */
export const ExplainAccess = operation({
  name: 'ExplainAccess',
  effect: 'read',
  input: structure({
    Principal: required(string({ min: 20, max: 2048 })),
    Action: required(string({ min: 3, max: 128, pattern: '[a-zA-Z0-9-]+:[a-zA-Z0-9]+' })),
    KeyId: string({ min: 1, max: 2048 }),
    ContextEntries: list(
      structure({
        ContextKeyName: required(string({ min: 5, max: 1024 })),
        ContextKeyValues: required(list(string({ max: 4096 }), { max: 50 })),
      }),
      { max: 100 },
    ),
  }),
  output: structure({
    Decision: required(
      enumeration(['allow', 'explicitDeny', 'implicitDeny', 'otherAccountDecides', 'undecided']),
    ),
    DecidedBy: text,
    OtherAccount: text,
    UnreadEndpoint: text,
    GrantId: text,
    Policies: required(list(policyType)),
    Text: required(text),
  }),
  async handle({ input, scope, now, explainAccess }) {
    const entries = (input.ContextEntries ?? []).map(
      ({ ContextKeyName: name, ContextKeyValues: values }) => [name, values] as const,
    )
    const given = new Map(entries)
    const action = readAction(input.Action, input.KeyId)
    const answer = await explainAccess({
      scope,
      principalArn: input.Principal,
      action,
      keyId: input.KeyId,
      grant: grantRequestOf(action, given),
      mayCrossAccounts: mayCrossAccounts(action),
      given,
      now,
    })
    return render(answer)
  },
})

function render({ explanation, ...leftOpen }: AccessAnswer) {
  const { otherAccount, unreadEndpoint } = leftOpen
  const { decision, policies, grant } = explanation
  const isForOtherAccount = decision.outcome === 'allow' && otherAccount !== undefined
  return {
    Decision: isForOtherAccount ? ('otherAccountDecides' as const) : decision.outcome,
    OtherAccount: otherAccount,
    UnreadEndpoint: unreadEndpoint,
    DecidedBy:
      decision.outcome === 'explicitDeny'
        ? decision.deniedBy
        : decision.outcome === 'implicitDeny'
          ? decision.missing
          : undefined,
    GrantId: grant?.grantId,
    Policies: policies.map(({ policyType, policy, level, ignoredBecause, statements }) => ({
      PolicyType: policyType,
      Policy: policy,
      Level: level,
      IgnoredBecause: ignoredBecause,
      Statements: statements.map(renderStatement),
    })),
    Text: renderExplanation(explanation, leftOpen),
  }
}

function renderStatement({
  statement,
  effect,
  applies,
  match,
  elements,
}: Explanation['policies'][number]['statements'][number]) {
  return {
    Statement: statement,
    Effect: effect,
    Applies: applies,
    Match: match,
    Elements: elements.map(({ element, matches, wanted, found }) => ({
      Element: element,
      Matches: matches,
      Wanted: [...wanted],
      Found: [...found],
    })),
  }
}
