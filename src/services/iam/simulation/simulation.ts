import {
  type AccessRequest,
  type CompiledPolicy,
  type Decision,
  decide,
  type PolicyKind,
  type Reason,
  type StepBudget,
} from '../../../access/index.ts'
import { type Principal, parseArn } from '../../../domain/index.ts'
import { type Infer, otherWork, type Structure } from '../../../std/index.ts'
import { pageRequest, renderPage } from '../wire/paging.ts'
import { contextOf, missingKeys, readEntries } from './simulated-context.ts'
import { compileSimulated, invalidInput } from './simulated-policy.ts'
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
export async function simulate(
  caller: SimulatedCaller,
  input: SimulationInput,
): Promise<Infer<typeof simulationOutput>> {
  checkNames(input)
  const simulated = await compileAll(caller, input)
  const { Marker, MaxItems, ...question } = input
  const listing = ['Simulate', caller.principal.arn, question]
  const arns = input.ResourceArns ?? ['*']
  const page = await simulatePage(
    { actions: input.ActionNames, arns },
    pageRequest(listing, { Marker, MaxItems }, invalidMarker),
    (action, arn, budget) => evaluate(simulated, { action, arn, budget }),
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

/** A few hundredths of a second, and an answer that is not many times larger than a request can be. */
const pageLimits = { stepsMax: 10_000_000, sizeMax: 1_000_000 }

interface Simulated {
  readonly request: Omit<AccessRequest, 'action' | 'resource' | 'context'>
  readonly resourcePolicy: CompiledPolicy | undefined
  readonly resourceOwner: string
  readonly entries: ReadonlyMap<string, readonly string[]>
  readonly missing: readonly string[]
  /**
   * The name of each policy in answers, and the positions of its statements by their labels; by the name of the policy
   * in reasons.
   */
  readonly places: ReadonlyMap<string, { readonly name: string; readonly positions: Positions }>
}

type Positions = ReadonlyMap<string, StatementPosition>

/** The characters of policies that are compiled before other work of the thread gets its turn: a few milliseconds. */
const compiledPerTurn = 50_000

/** Compiles policies one after the other, and knows their places in answers. */
class Compiling {
  readonly places = new Map<string, { readonly name: string; readonly positions: Positions }>()
  #turnLeft = compiledPerTurn

  async compile({ name, document }: SimulatedPolicy, kind: PolicyKind): Promise<CompiledPolicy> {
    this.#turnLeft -= document.length
    if (this.#turnLeft < 0) {
      await otherWork()
      this.#turnLeft = compiledPerTurn
    }
    const key = `${this.places.size} ${name}`
    const policy = compileSimulated(document, kind, name, key)
    const positions = statementPositions(document)
    const byLabel = policy.statements.map(
      ({ label }, index) => [label, positions[index] as StatementPosition] as const,
    )
    this.places.set(key, { name, positions: new Map(byLabel) })
    return policy
  }

  async compileEach(policies: readonly SimulatedPolicy[], kind: PolicyKind): Promise<CompiledPolicy[]> {
    const compiled: CompiledPolicy[] = []
    for (const policy of policies) compiled.push(await this.compile(policy, kind))
    return compiled
  }
}

async function compileAll(caller: SimulatedCaller, input: SimulationInput): Promise<Simulated> {
  const compiling = new Compiling()
  const [givenBoundary] = input.PermissionsBoundaryPolicyInputList ?? []
  const limit =
    givenBoundary === undefined
      ? caller.boundary
      : { name: 'PermissionsBoundaryPolicyInputList.1', document: givenBoundary }
  const boundary = limit && (await compiling.compile(limit, 'boundary'))
  const identityPolicies = await compiling.compileEach(caller.policies, 'identity')
  const resourcePolicy =
    input.ResourcePolicy === undefined
      ? undefined
      : await compiling.compile({ name: 'ResourcePolicy', document: input.ResourcePolicy }, 'key')
  const givenLevels = caller.organization && (await compileLevels(caller.organization, compiling))
  const one = (policy: CompiledPolicy | undefined) => (policy === undefined ? [] : [policy])
  const disclosed = [
    ...identityPolicies,
    ...one(boundary),
    ...one(resourcePolicy),
    ...(givenLevels?.flat() ?? []),
  ]
  const serviceControlPolicies = givenLevels ?? caller.accountPolicies
  const entries = readEntries(input.ContextEntries)
  return {
    request: { principal: caller.principal, identityPolicies, boundary, serviceControlPolicies },
    resourcePolicy,
    resourceOwner: ownerOf(input, caller),
    entries,
    missing: missingKeys(disclosed, entries),
    places: compiling.places,
  }
}

async function compileLevels(
  levels: readonly (readonly string[])[],
  compiling: Compiling,
): Promise<CompiledPolicy[][]> {
  const compiled: CompiledPolicy[][] = []
  for (const [index, level] of levels.entries()) {
    if (level.length === 0)
      throw invalidInput(
        `Organization policy at index ${index + 1} must contain at least one service control policy`,
      )
    const documents = level.map(document => ({ name: 'OrganizationPolicy', document }))
    compiled.push(await compiling.compileEach(documents, 'serviceControl'))
  }
  return compiled
}

/** Returns the account that owns resources whose ARNs have no account; the input names it by its id or its ARN. */
function ownerOf({ ResourceOwner: owner }: SimulationInput, { principal }: SimulatedCaller): string {
  if (owner === undefined) return principal.accountId
  const accountId = parseArn(owner)?.accountId ?? owner
  if (!/^\d{12}$/.test(accountId)) throw invalidInput(`'${owner}' is not a valid as a Resource Owner.`)
  return accountId
}

interface SimulatedPair {
  readonly action: string
  readonly arn: string
  readonly budget: StepBudget
}

/** Returns undefined if the pair takes more steps than its budget has. */
function evaluate(simulated: Simulated, { action, arn, budget }: SimulatedPair): ResourceResult | undefined {
  const { boundary, serviceControlPolicies, principal } = simulated.request
  const accountId = parseArn(arn)?.accountId || simulated.resourceOwner
  const resource = { arn, accountId, policy: simulated.resourcePolicy }
  const context = contextOf(simulated.entries)
  const request = { ...simulated.request, action, resource, context, budget }
  const decision = decide(request)
  if (decision.outcome === 'undecided') return undefined
  const byOrganization = serviceControlPolicies && isAllowedByOrganization(request)
  if (byOrganization === 'undecided') return undefined
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
    byOrganization,
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
function isAllowedByOrganization({ resource, ...request }: AccessRequest): boolean | 'undecided' {
  const alone = {
    ...request,
    identityPolicies: [],
    boundary: undefined,
    resource: { ...resource, policy: undefined },
  }
  const decision = decide(alone)
  if (decision.outcome === 'undecided') return decision.outcome
  return !(
    decision.outcome === 'explicitDeny' ||
    (decision.outcome === 'implicitDeny' && decision.missing === 'service control')
  )
}
