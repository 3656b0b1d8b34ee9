import { checkPolicy, type Explanation, renderExplanation } from '../../access/index.ts'
import { validation } from '../../domain/index.ts'
import type { AccessAnswer } from '../../operation/index.ts'
import {
  boolean,
  enumeration,
  integer,
  list,
  required,
  sensitive,
  string,
  structure,
} from '../../std/index.ts'
import { readKeyPolicy } from '../kms/key-policies/check-key-policy.ts'
import { policyType as keyPolicyType } from '../kms/wire/shapes.ts'
import { grantRequestOf, mayCrossAccounts, readAction } from './explained-action.ts'
import { operation } from './operation.ts'
import { actionType, contextEntriesType, givenOf, showDigest } from './question-shapes.ts'

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
const findingType = structure({
  Severity: required(enumeration(['error', 'warning'])),
  Code: required(text),
  Place: required(text),
  Message: required(text),
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
 *
 * With a draft, the decision is the one after PutKeyPolicy with this text; nothing is stored. A text that PutKeyPolicy would refuse has
 * the error of PutKeyPolicy, except for the lockout safety check: `DraftFindings` reports what it would find.
 */
export const ExplainAccess = operation({
  name: 'ExplainAccess',
  effect: 'read',
  input: structure({
    Principal: required(string({ min: 20, max: 2048 })),
    Action: required(actionType),
    KeyId: string({ min: 1, max: 2048 }),
    ContextEntries: contextEntriesType,
    KeyPolicyDraft: sensitive(keyPolicyType),
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
    DraftFindings: list(findingType),
  }),
  record: { shown: showDigest },
  async handle({ input, scope, now, store, explainAccess }) {
    const given = givenOf(input.ContextEntries)
    const action = readAction(input.Action, input.KeyId)
    const { KeyPolicyDraft: draft } = input
    if (draft !== undefined && input.KeyId === undefined)
      throw validation('A draft of a key policy needs KeyId.')
    const answer = await explainAccess({
      scope,
      principalArn: input.Principal,
      action,
      keyId: input.KeyId,
      grant: grantRequestOf(action, given),
      mayCrossAccounts: mayCrossAccounts(action),
      given,
      now,
      keyPolicyDraft: draft === undefined ? undefined : await readKeyPolicy(draft, store),
    })
    return {
      ...render(answer),
      DraftFindings: draft === undefined ? undefined : findingsOf(draft, scope.accountId),
    }
  },
})

const findingsOf = (draft: string, accountId: string) =>
  checkPolicy(draft, 'key', accountId).map(({ severity, code, place, message }) => ({
    Severity: severity,
    Code: code,
    Place: place,
    Message: message,
  }))

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
