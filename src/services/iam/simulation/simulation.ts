import {
  type AccessRequest,
  type CompiledPolicy,
  type Decision,
  decide,
  type PolicyKind,
  type Reason,
} from '../../../access/index.ts'
import { type Principal, parseArn } from '../../../domain/index.ts'
import type { Infer, Structure } from '../../../std/index.ts'
import { pageRequest, renderPage } from '../wire/paging.ts'
import { contextOf, missingKeys, readEntries } from './simulated-context.ts'
import { compileSimulated, invalidInput } from './simulated-policy.ts'
import { costOf, costOfPair, type SimulationCost } from './simulation-cost.ts'
import { simulatePage } from './simulation-page.ts'
import { type ResourceResult, resultOf } from './simulation-result.ts'
import type { simulationInput, simulationOutput } from './simulation-shapes.ts'
import { type StatementPosition, statementPositions } from './statement-positions.ts'

type SimulationInput = Infer<Structure<typeof simulationInput>>

/** A policy to simulate, with the name that IAM gives it in answers. */
export interface SimulatedPolicy {
  readonly name: string
  readonly document: string
}

/** The caller whose request is simulated. */
export interface SimulatedCaller {
  readonly principal: Principal
  readonly policies: readonly SimulatedPolicy[]
  readonly boundary: SimulatedPolicy | undefined
  /** The policies of an organization that the request contains, as a list per level. */
  readonly organization: readonly (readonly string[])[] | undefined
  /** The policies of the organization of the account; answers must not reveal their contents. */
  readonly accountPolicies: AccessRequest['serviceControlPolicies']
}

/**
 * Decides each action on each resource like a real request (IAM API reference, "SimulatePrincipalPolicy"), but only
 * with the condition values that the input has. Only the pairs of the requested page are decided.
 */
export function simulate(caller: SimulatedCaller, input: SimulationInput): Infer<typeof simulationOutput> {
  checkNames(input)
  const simulated = compileAll(caller, input)
  const { Marker, MaxItems, ...question } = input
  const listing = ['Simulate', caller.principal.arn, question]
  const arns = input.ResourceArns ?? ['*']
  const page = simulatePage(
    { actions: input.ActionNames, arns },
    pageRequest(listing, { Marker, MaxItems }, invalidMarker),
    {
      costOf: (action, arn) => costOfPair(simulated.cost, action, arn),
      evaluate: (action, arn) => evaluate(simulated, action, arn),
    },
    pageLimits,
    invalidMarker,
  )
  const results = page.items.map(row =>
    resultOf(row.action, row.results, input.ResourceArns !== undefined, arns.length > 1),
  )
  return { EvaluationResults: results, ...renderPage(listing, { items: results, next: page.next }) }
}

const invalidMarker = () => invalidInput('Invalid marker for pagination.')

/** The texts were recorded from AWS. */
function checkNames({ ActionNames: actions, ResourceArns: arns = [] }: SimulationInput): void {
  if (!actions.every(action => action.includes(':')))
    throw invalidInput('The action is invalid since it is missing names')
  const stray = arns.find(arn => arn !== '*' && !/^arn(:[^:]*){4}:./s.test(arn))
  if (stray !== undefined) throw invalidInput(`ResourceNames are not in a valid ARN format: ${stray}.`)
}

/** A few tenths of a second, and an answer that is not many times larger than a request can be. */
const pageLimits = { costMax: 10_000_000, sizeMax: 1_000_000 }

interface Simulated {
  readonly request: Omit<AccessRequest, 'action' | 'resource' | 'context'>
  readonly resourcePolicy: CompiledPolicy | undefined
  readonly resourceOwner: string
  readonly entries: ReadonlyMap<string, readonly string[]>
  readonly cost: SimulationCost
  readonly missing: readonly string[]
  /**
   * The name of each policy in answers, and the positions of its statements by their labels; by the name of the policy
   * in reasons.
   */
  readonly places: ReadonlyMap<string, { readonly name: string; readonly positions: Positions }>
}

type Positions = ReadonlyMap<string, StatementPosition>

function compileAll(caller: SimulatedCaller, input: SimulationInput): Simulated {
  const places = new Map<string, { readonly name: string; readonly positions: Positions }>()
  const compiled = ({ name, document }: SimulatedPolicy, kind: PolicyKind): CompiledPolicy => {
    const key = `${places.size} ${name}`
    const policy = compileSimulated(document, kind, name, key)
    const positions = statementPositions(document)
    const byLabel = policy.statements.map(
      ({ label }, index) => [label, positions[index] as StatementPosition] as const,
    )
    places.set(key, { name, positions: new Map(byLabel) })
    return policy
  }
  const [givenBoundary] = input.PermissionsBoundaryPolicyInputList ?? []
  const limit =
    givenBoundary === undefined
      ? caller.boundary
      : { name: 'PermissionsBoundaryPolicyInputList.1', document: givenBoundary }
  const boundary = limit && compiled(limit, 'boundary')
  const identityPolicies = caller.policies.map(policy => compiled(policy, 'identity'))
  const resourcePolicy =
    input.ResourcePolicy === undefined
      ? undefined
      : compiled({ name: 'ResourcePolicy', document: input.ResourcePolicy }, 'key')
  const givenLevels = caller.organization?.map((level, index) => {
    if (level.length === 0)
      throw invalidInput(
        `Organization policy at index ${index + 1} must contain at least one service control policy`,
      )
    return level.map(document => compiled({ name: 'OrganizationPolicy', document }, 'serviceControl'))
  })
  const one = (policy: CompiledPolicy | undefined) => (policy === undefined ? [] : [policy])
  const serviceControlPolicies = givenLevels ?? caller.accountPolicies
  const organizational = serviceControlPolicies?.flat() ?? []
  const disclosed = [
    ...identityPolicies,
    ...one(boundary),
    ...one(resourcePolicy),
    ...(givenLevels?.flat() ?? []),
  ]
  const entries = readEntries(input.ContextEntries)
  return {
    request: { principal: caller.principal, identityPolicies, boundary, serviceControlPolicies },
    resourcePolicy,
    resourceOwner: ownerOf(input, caller),
    entries,
    // The policies of organizations are evaluated with the others, and then once more alone.
    cost: costOf(
      [...disclosed, ...(caller.accountPolicies?.flat() ?? []), ...organizational],
      contextOf(entries),
    ),
    missing: missingKeys(disclosed, entries),
    places,
  }
}

/** Returns the account that owns resources whose ARNs have no account; the input names it by its id or its ARN. */
function ownerOf({ ResourceOwner: owner }: SimulationInput, { principal }: SimulatedCaller): string {
  if (owner === undefined) return principal.accountId
  const accountId = parseArn(owner)?.accountId ?? owner
  if (!/^\d{12}$/.test(accountId)) throw invalidInput(`'${owner}' is not a valid as a Resource Owner.`)
  return accountId
}

function evaluate(simulated: Simulated, action: string, arn: string): ResourceResult {
  const { boundary, serviceControlPolicies, principal } = simulated.request
  const accountId = parseArn(arn)?.accountId || simulated.resourceOwner
  const resource = { arn, accountId, policy: simulated.resourcePolicy }
  const context = contextOf(simulated.entries)
  const request = { ...simulated.request, action, resource, context }
  const decision = decide(request)
  const isCrossAccount = simulated.resourcePolicy !== undefined && principal.accountId !== accountId
  return {
    arn,
    decision: decision.outcome === 'allow' ? 'allowed' : decision.outcome,
    statements: statementsOf(decision).map(reason => renderStatement(simulated, reason)),
    missing: decision.outcome === 'implicitDeny' ? simulated.missing : [],
    details: isCrossAccount
      ? new Map([
          ['Resource Policy', outcomeOf(decision, 'resource-based')],
          ['IAM Policy', outcomeOf(decision, 'identity-based')],
        ])
      : new Map(),
    byOrganization: serviceControlPolicies && isAllowedByOrganization(request),
    byBoundary: boundary && outcomeOf(decision, 'permissions boundary') === 'allowed',
  }
}

function renderStatement({ places }: Simulated, { policy, policyType, statement }: Reason) {
  const place = places.get(policy)
  return {
    SourcePolicyId: place?.name ?? policy,
    SourcePolicyType: policyType === 'resource-based' ? 'Resource Policy' : 'IAM Policy',
    ...place?.positions.get(statement),
  }
}

/** Returns the statements that decided, without those of an organization; an implicit deny has no such statement. */
function statementsOf({ outcome, reasons }: Decision): Reason[] {
  if (outcome === 'implicitDeny') return []
  const effect = outcome === 'explicitDeny' ? 'Deny' : 'Allow'
  return reasons.filter(reason => reason.effect === effect && reason.policyType !== 'service control')
}

/** Returns the outcome of the policies of one type alone. */
function outcomeOf({ reasons }: Decision, policyType: Reason['policyType']) {
  const own = reasons.filter(reason => reason.policyType === policyType)
  if (own.some(({ effect }) => effect === 'Deny')) return 'explicitDeny'
  return own.length > 0 ? 'allowed' : 'implicitDeny'
}

/** Whether the policies of the organization alone allow the request: each level must allow, and none may deny. */
function isAllowedByOrganization({ resource, ...request }: AccessRequest): boolean {
  const alone = {
    ...request,
    identityPolicies: [],
    boundary: undefined,
    resource: { ...resource, policy: undefined },
  }
  const decision = decide(alone)
  return !(
    decision.outcome === 'explicitDeny' ||
    (decision.outcome === 'implicitDeny' && decision.missing === 'service control')
  )
}
