import { ServiceError } from '../../domain/index.ts'
import { type AccessPlace, accessKinds, type ListedPrincipal, principalTypes } from '../../operation/index.ts'
import {
  boolean,
  enumeration,
  integer,
  list,
  required,
  sensitive,
  sha256Hex,
  string,
  structure,
} from '../../std/index.ts'
import { readKeyPolicy } from '../kms/key-policies/check-key-policy.ts'
import { policyType as keyPolicyType } from '../kms/wire/shapes.ts'
import { listingOf, makeToken, openToken } from '../page-tokens.ts'
import { mayCrossAccounts, partlyKnownRequestOf, readAction, sourcesFor } from './explained-action.ts'
import { operation } from './operation.ts'
import { actionType, contextEntriesType, givenOf, showDigest } from './question-shapes.ts'

const text = string()
const reasonType = structure({
  PolicyType: required(text),
  Policy: required(text),
  Statement: required(text),
})
const conditionType = structure({
  Operator: required(text),
  ContextKey: required(text),
  Values: required(list(text)),
  Negated: required(boolean()),
})
const principalType = structure({
  Principal: required(text),
  PrincipalType: required(enumeration(principalTypes)),
  AccountId: text,
  Access: required(enumeration(accessKinds)),
  By: required(list(reasonType)),
  GrantIds: required(list(text)),
  Conditions: required(list(conditionType)),
  IsPublic: required(boolean()),
  IsCrossAccount: required(boolean()),
})
const limitDefault = 100

/**
 * Lists the principals that may perform an action of AWS KMS with a key of the caller's account, page by page: which statement or grant
 * allows it, under which conditions, and from which account. Each principal is decided by the engine that decides calls.
 * `conditional`: it depends on what neither the key, the principal nor `ContextEntries` gives. `otherAccountDecides`: the policies of the
 * principal's own account, which are not read, must allow it too. `NextToken` can come with few principals or none: then the call has
 * looked at `Examined` of `Total` places of the list, and the next one goes on behind them. With a draft, the list is the one after
 * PutKeyPolicy with this text. Keyward's own operation (docs/policy-who-can.md). Throws InvalidNextTokenException.
 */
export const ListKeyAccess = operation({
  name: 'ListKeyAccess',
  effect: 'read',
  input: structure({
    KeyId: required(string({ min: 1, max: 2048 })),
    Action: required(actionType),
    ContextEntries: contextEntriesType,
    KeyPolicyDraft: sensitive(keyPolicyType),
    MaxResults: integer({ min: 1, max: 200 }),
    NextToken: string({ min: 1, max: 4096 }),
  }),
  output: structure({
    Principals: required(list(principalType)),
    Examined: required(integer()),
    Total: required(integer()),
    NextToken: text,
  }),
  record: { shown: showDigest },
  async handle({ input, scope, now, store, secrets, listAccess }) {
    const { KeyId: keyId, KeyPolicyDraft: draft, NextToken: token, ContextEntries: entries = [] } = input
    const action = readAction(input.Action, keyId)
    const given = givenOf(entries)
    // A digest, because the name of a listing can be no longer than a name.
    const asked = sha256Hex(JSON.stringify([keyId, action, entries, draft ?? null]))
    const listing = listingOf('ListKeyAccess', scope, asked)
    const page = await listAccess({
      ...{ scope, keyId, action, now },
      keyPolicyDraft: draft === undefined ? undefined : await readKeyPolicy(draft, store),
      grantRequest: partlyKnownRequestOf(action, given),
      sourceOf: sourcesFor(action, given),
      mayCrossAccounts: mayCrossAccounts(action),
      given,
      limit: input.MaxResults ?? limitDefault,
      after:
        token === undefined ? undefined : (openToken(secrets, listing, token, invalidToken) as AccessPlace),
    })
    return {
      Principals: page.principals.map(render),
      Examined: page.examined,
      Total: page.total,
      NextToken: page.next && makeToken(secrets, listing, { ...page.next }),
    }
  },
})

const invalidToken = () => new ServiceError('InvalidNextTokenException')

function render(listed: ListedPrincipal) {
  return {
    Principal: listed.principal,
    PrincipalType: listed.type,
    AccountId: listed.accountId,
    Access: listed.access,
    By: listed.by.map(({ policyType, policy, statement }) => ({
      PolicyType: policyType,
      Policy: policy,
      Statement: statement,
    })),
    GrantIds: [...listed.grantIds],
    Conditions: listed.conditions.map(({ operator, key, values, isNegated }) => ({
      Operator: operator,
      ContextKey: key,
      Values: [...values],
      Negated: isNegated,
    })),
    IsPublic: listed.isPublic,
    IsCrossAccount: listed.isCrossAccount,
  }
}
