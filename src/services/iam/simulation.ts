import {
  type AccessRequest,
  type CompiledPolicy,
  type ConditionContext,
  compilePolicy,
  type Decision,
  decide,
  type PolicyKind,
  PolicyProblem,
  type Reason,
} from '../../access/index.ts'
import { type Principal, parseArn, ServiceError } from '../../domain/index.ts'
import type { Infer, Structure } from '../../std/index.ts'
import { pageRequest, renderPage } from './paging.ts'
import type { simulationInput, simulationOutput } from './simulation-shapes.ts'

type SimulationInput = Infer<Structure<typeof simulationInput>>
type Results = Infer<typeof simulationOutput>

/** A policy to be simulated, and what IAM calls the kind of thing that it is from. */
export interface SimulatedPolicy {
  readonly name: string
  readonly document: string
  readonly source: 'user' | 'group' | 'role' | 'aws-managed' | 'user-managed' | 'none'
}

/** Whose request is simulated. */
export interface SimulatedCaller {
  readonly principal: Principal
  readonly policies: readonly SimulatedPolicy[]
  readonly boundary: string | undefined
  /** Of an organization, a list per level. */
  readonly organization: readonly (readonly string[])[] | undefined
}

const invalidInput = (text: string, reason?: string) =>
  new ServiceError('InvalidInputException', text, reason === undefined ? {} : { reason })

/**
 * Decides each action on each resource as a request would be decided (IAM API reference, "SimulatePrincipalPolicy"), but
 * with no more to conditions than the request says. Only those of the page asked for are decided.
 */
export function simulate(caller: SimulatedCaller, input: SimulationInput): Results {
  const simulated = compileAll(caller, input)
  const { Marker, MaxItems, ...question } = input
  const listing = ['Simulate', caller.principal.arn, question]
  const { after, limit } = pageRequest(listing, { Marker, MaxItems })
  const resources = input.ResourceArns ?? ['*']
  const first = after === undefined ? 0 : Number(after)
  const end = input.ActionNames.length * resources.length
  const last = Math.min(first + limit, first + affordable(simulated), end)
  const results: Results['EvaluationResults'] = []
  for (let index = first; index < last; index++) {
    const action = input.ActionNames[Math.floor(index / resources.length)] as string
    results.push(evaluate(simulated, action, resources[index % resources.length] as string))
  }
  const next = last < end ? String(last) : undefined
  return { EvaluationResults: results, ...renderPage(listing, { items: results, next }) }
}

/** Statements looked at for one page: a page with less than was asked for, and a marker, is better than one that takes long. */
const statementsPerPageMax = 20_000

function affordable({ request, resourcePolicy }: Simulated): number {
  const policies = [...request.identityPolicies, ...(resourcePolicy === undefined ? [] : [resourcePolicy])]
  const statements = policies.reduce((sum, policy) => sum + policy.statements.length, 1)
  return Math.max(1, Math.floor(statementsPerPageMax / statements))
}

interface Simulated {
  readonly request: Omit<AccessRequest, 'action' | 'resource' | 'context'>
  readonly resourcePolicy: CompiledPolicy | undefined
  readonly resourceOwner: string
  readonly entries: ReadonlyMap<string, readonly string[]>
  readonly sources: ReadonlyMap<string, string>
  /** All documents, in whose spelling missing context keys are told. */
  readonly texts: string
}

function compileAll(caller: SimulatedCaller, input: SimulationInput): Simulated {
  const { policies, organization } = caller
  const [boundary = caller.boundary] = input.PermissionsBoundaryPolicyInputList ?? []
  const levels = organization?.map(level =>
    level.map((text, index) => compile(text, 'serviceControl', `${index}`)),
  )
  const documents = [
    ...policies.map(({ document }) => document),
    boundary,
    input.ResourcePolicy,
    ...(organization?.flat() ?? []),
  ]
  return {
    request: {
      principal: caller.principal,
      identityPolicies: policies.map(({ name, document }) => compile(document, 'identity', name)),
      boundary: boundary === undefined ? undefined : compile(boundary, 'boundary', 'PermissionsBoundary'),
      serviceControlPolicies: levels,
    },
    resourcePolicy:
      input.ResourcePolicy === undefined ? undefined : compile(input.ResourcePolicy, 'key', 'ResourcePolicy'),
    resourceOwner: ownerOf(input, caller),
    entries: entriesOf(input),
    sources: new Map(policies.map(({ name, source }) => [name, source])),
    texts: documents.join('\n'),
  }
}

function compile(document: string, kind: PolicyKind, name: string): CompiledPolicy {
  try {
    return compilePolicy(document, kind, name)
  } catch (error) {
    if (error instanceof PolicyProblem) throw invalidInput(`Invalid policy in ${name}.`, error.message)
    throw error
  }
}

/** Who owns resources whose ARNs do not say it: an account, or its ARN. */
function ownerOf({ ResourceOwner: owner }: SimulationInput, { principal }: SimulatedCaller): string {
  if (owner === undefined) return principal.accountId
  const accountId = parseArn(owner)?.accountId ?? owner
  if (!/^\d{12}$/.test(accountId)) throw invalidInput(`Invalid resource owner: ${owner}`)
  return accountId
}

function entriesOf({ ContextEntries: entries = [] }: SimulationInput): Map<string, readonly string[]> {
  return new Map(
    entries.map(({ ContextKeyName: name, ContextKeyValues: values }) => [name.toLowerCase(), values]),
  )
}

/** What the request says to conditions, and what was asked of it in vain. */
class SimulatedContext implements ConditionContext {
  readonly missing = new Set<string>()
  readonly #entries: ReadonlyMap<string, readonly string[]>

  constructor(entries: ReadonlyMap<string, readonly string[]>) {
    this.#entries = entries
  }

  valuesOf(key: string): readonly string[] | undefined {
    const values = this.#entries.get(key)
    if (values === undefined) this.missing.add(key)
    return values
  }
}

function evaluate(simulated: Simulated, action: string, arn: string): Results['EvaluationResults'][number] {
  const context = new SimulatedContext(simulated.entries)
  const accountId = parseArn(arn)?.accountId || simulated.resourceOwner
  const resource = { arn, accountId, policy: simulated.resourcePolicy }
  const { boundary, serviceControlPolicies } = simulated.request
  const decision = decide({ ...simulated.request, action, resource, context })
  return {
    EvalActionName: action,
    EvalResourceName: arn,
    EvalDecision: decision.outcome === 'allow' ? 'allowed' : decision.outcome,
    MatchedStatements: statementsOf(decision).map(({ policy, policyType }) => ({
      SourcePolicyId: policy,
      SourcePolicyType:
        policyType === 'resource-based' ? 'resource' : (simulated.sources.get(policy) ?? 'none'),
    })),
    MissingContextValues: [...context.missing].map(key => spellingOf(key, simulated.texts)),
    ...(serviceControlPolicies && {
      OrganizationsDecisionDetail: { AllowedByOrganizations: isAllowedByOrganization(decision) },
    }),
    ...(boundary && {
      PermissionsBoundaryDecisionDetail: {
        AllowedByPermissionsBoundary: allows(decision, 'permissions boundary'),
      },
    }),
  }
}

/** The statements that decided: those that deny where one does, else those that allow. */
function statementsOf({ outcome, reasons }: Decision): Reason[] {
  return reasons.filter(({ effect }) => (effect === 'Deny') === (outcome === 'explicitDeny'))
}

function allows({ reasons }: Decision, policyType: Reason['policyType']): boolean {
  const own = reasons.filter(reason => reason.policyType === policyType)
  return own.length > 0 && own.every(({ effect }) => effect === 'Allow')
}

/** Each level of an organization must allow, so that one allowing statement says little. */
function isAllowedByOrganization(decision: Decision): boolean {
  if (decision.outcome === 'implicitDeny' && decision.missing === 'service control') return false
  return !decision.reasons.some(
    ({ policyType, effect }) => policyType === 'service control' && effect === 'Deny',
  )
}

function spellingOf(key: string, texts: string): string {
  const index = texts.toLowerCase().indexOf(key)
  return index < 0 ? key : texts.slice(index, index + key.length)
}
