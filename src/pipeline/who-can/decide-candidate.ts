import {
  type AccessGrant,
  type AccessRequest,
  type Bound,
  decideBound,
  type OpenFacts,
  StepBudget,
} from '../../access/index.ts'
import type { AccessListQuestion, FoundKey, ListedPrincipal } from '../../operation/index.ts'
import { GivenContext } from '../explain/given-context.ts'
import { policiesOfOtherAccount } from '../explain/other-account.ts'
import { questionFacts } from '../explain/question-facts.ts'
import type { Authorizer } from '../permission/authorizer.ts'
import { type PolicyCompiler, preparePolicies } from '../permission/compiled-policies.ts'
import type { Candidate } from './candidate.ts'
import type { AlikeGrants, GrantsOfKey } from './grants-of-candidate.ts'
import { openFactsOf } from './open-facts.ts'
import type { Slices } from './slices.ts'

/** The parts that decide about each candidate. */
export interface CandidateDeciders {
  readonly question: AccessListQuestion
  readonly found: FoundKey
  readonly authorizer: Authorizer
  readonly compile: PolicyCompiler
  /** Undefined if no grant can allow the action. */
  readonly grants: GrantsOfKey | undefined
  readonly slices: Slices
}

/** The steps of making a request and its open facts, besides those of its decisions. */
const stepsPerRequest = 20_000

/** The access of a candidate, without its name. */
type FoundAccess = Pick<ListedPrincipal, 'access' | 'by' | 'grantIds' | 'conditions'>

/** Decides whether a candidate may perform the action, always or under conditions. Undefined if it may not. */
export async function decideCandidate(
  candidate: Candidate,
  deciders: CandidateDeciders,
): Promise<ListedPrincipal | undefined> {
  const { question, slices } = deciders
  const { name, type, identity, isForeign } = candidate
  await preparePolicies(identity, deciders.compile)
  const request = requestOf(candidate, deciders)
  const facts = openFactsOf(candidate, question)
  await slices.spend(stepsPerRequest)
  const access = await findAccess(candidate, request, facts, deciders)
  if (access === undefined) return undefined
  return {
    principal: name,
    type,
    accountId: type === 'Service' || type === 'Everyone' ? undefined : identity.principal.accountId,
    ...access,
    isPublic: type === 'Everyone',
    isCrossAccount: isForeign,
  }
}

function requestOf(candidate: Candidate, { question, found, authorizer }: CandidateDeciders): AccessRequest {
  const { identity, isForeign, type } = candidate
  const { scope, action, given, now } = question
  const facts = questionFacts(identity, scope, now)
  const caller = facts.provedCaller
  const key = { ...found, caller }
  const context = authorizer.contextOf(facts, { action, found: key, conditions: undefined })
  const request = authorizer.keyRequestOf(facts, key, new GivenContext(given, context))
  const isElsewhere = isForeign || type === 'FederatedUser'
  if (!isElsewhere) return request
  // A federated user has what its session and the user that let it in have in common, and its ARN names neither.
  const sessionPolicies = type === 'FederatedUser' ? policiesOfOtherAccount.identityPolicies : undefined
  const { serviceControlPolicies } = isForeign ? policiesOfOtherAccount : request
  return { ...request, ...policiesOfOtherAccount, serviceControlPolicies, sessionPolicies }
}

async function findAccess(
  candidate: Candidate,
  request: AccessRequest,
  facts: OpenFacts,
  { grants, slices }: CandidateDeciders,
): Promise<FoundAccess | undefined> {
  const bound = async (kind: 'certain' | 'possible', grant?: AccessGrant) => {
    const budget = new StepBudget()
    const made = decideBound(kind, { ...request, grant, budget }, facts)
    await slices.spend(budget.spent)
    return made
  }
  const possible = await bound('possible')
  const { outcome } = possible.decision
  if (outcome === 'explicitDeny') return undefined
  if (outcome === 'undecided') return render(candidate, 'undecided', possible)
  const certain = outcome === 'allow' ? await bound('certain') : possible
  if (certain.decision.outcome === 'allow') return render(candidate, 'allowed', certain)
  const found = (await grants?.find(request.principal)) ?? []
  for (const alike of found) {
    if (alike.conditions.length > 0) continue
    const withGrant = await bound('certain', alike.grant)
    if (withGrant.decision.outcome === 'allow') return render(candidate, 'allowed', withGrant, alike)
  }
  if (outcome === 'allow') return render(candidate, 'conditional', possible)
  for (const alike of found) {
    const withGrant = await bound('possible', alike.grant)
    if (withGrant.decision.outcome === 'allow') return render(candidate, 'conditional', withGrant, alike)
  }
  return undefined
}

/** The conditions of a row. */
const conditionsMax = 50

function render(
  { type, isForeign }: Candidate,
  access: 'allowed' | 'conditional' | 'undecided',
  { decision, open }: Bound,
  alike?: AlikeGrants,
): FoundAccess {
  const isElsewhere = isForeign || type === 'FederatedUser'
  // Policies that limit allow nothing by themselves, and policies that are not read are not named.
  const sources: ReadonlySet<string> = new Set(['resource-based', ...(isElsewhere ? [] : ['identity-based'])])
  const by = decision.reasons.filter(
    ({ policyType, effect }) => effect === 'Allow' && sources.has(policyType),
  )
  const isConditional = access === 'conditional' || type === 'FederatedUser'
  return {
    access:
      access === 'undecided'
        ? access
        : isForeign
          ? 'otherAccountDecides'
          : isConditional
            ? 'conditional'
            : 'allowed',
    by: by.map(({ policyType, policy, statement }) => ({ policyType, policy, statement })),
    grantIds: alike?.grantIds ?? [],
    conditions: [...(alike?.conditions ?? []), ...open].slice(0, conditionsMax),
  }
}
