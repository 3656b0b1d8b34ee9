import {
  type AccessRequest,
  type CompiledPolicy,
  type Decision,
  StepBudget,
  TooManySteps,
} from '../../access/index.ts'

type Denial = Exclude<Decision, { outcome: 'allow' }>

/** The condition keys that every message has, if the request has values for them. */
const everyKey = ['aws:RequestedRegion', 'aws:SourceIp', 'aws:PrincipalType', 'aws:userid']
  .concat('aws:username', 'aws:ResourceAccount', 'aws:SecureTransport', 'aws:UserAgent', 'aws:CurrentTime')
  .concat('aws:MultiFactorAuthPresent', 'aws:ViaAWSService', 'aws:SourceVpce')

// A message has a fixed size, so it holds the beginning of what it could say.
const statementsMax = 200
const keysMax = 24
const itemsMax = 5
const lengthMax = 256

/**
 * The details of a denial as DecodeAuthorizationMessage returns them, in ever shorter forms (AWS STS API reference,
 * "DecodeAuthorizationMessage"; the form is that of messages that users of AWS have published).
 */
export function* describeDenial(request: AccessRequest, decision: Denial): Generator<string> {
  const { principal, action, resource } = request
  const matchedStatements = { items: decision.outcome === 'explicitDeny' ? deniedBy(request, decision) : [] }
  const conditions = conditionsOf(request)
  const name = 'userName' in principal ? { name: principal.userName } : {}
  for (const count of [conditions.length, 8, 0]) {
    yield JSON.stringify({
      allowed: false,
      explicitDeny: decision.outcome === 'explicitDeny',
      matchedStatements: count === 0 ? { items: [] } : matchedStatements,
      failures: { items: [] },
      context: {
        principal: { id: principal.principalId, ...name, arn: principal.arn },
        action,
        resource: cut(resource.arn),
        conditions: { items: conditions.slice(0, count) },
      },
    })
  }
}

const cut = (text: string) => text.slice(0, lengthMax)
const itemsOf = (texts: readonly string[]) => ({
  items: texts.slice(0, itemsMax).map(text => ({ value: cut(text) })),
})

/** The policies of a request that the message may speak of. */
function policiesOf(request: AccessRequest): readonly CompiledPolicy[] {
  const { resource, identityPolicies, boundary, sessionPolicies = [], serviceControlPolicies = [] } = request
  const { resourceControlPolicies = [], endpointPolicy } = request
  return [
    ...[resource.policy, boundary, endpointPolicy].filter(policy => policy !== undefined),
    ...[...identityPolicies, ...sessionPolicies],
    ...[...serviceControlPolicies, ...resourceControlPolicies].flat(),
  ]
}

/** The statements that denied the request. */
function deniedBy(request: AccessRequest, { reasons }: Denial) {
  return reasons
    .filter(({ effect }) => effect === 'Deny')
    .slice(0, itemsMax)
    .map(({ policy: policyName, statement: label }) => {
      const policy = policiesOf(request).find(({ name }) => name === policyName)
      const statement = policy?.statements.find(found => found.effect === 'Deny' && found.label === label)
      const { actions, resources } = statement?.source ?? {}
      return {
        statementId: label,
        effect: 'DENY',
        principals: itemsOf([request.principal.principalId]),
        principalGroups: { items: [] },
        actions: itemsOf(actions?.items ?? []),
        resources: itemsOf(resources?.items.map(({ text }) => text) ?? []),
        conditions: {
          items: (statement?.conditions ?? [])
            .slice(0, itemsMax)
            .map(({ key, values }) => ({ key, values: itemsOf(values) })),
        },
      }
    })
}

/** The steps that a message may take: a tenth of a millisecond. */
const matchingStepsMax = 100_000

/** Returns a function that says whether a statement is about the action; it says no once the steps are spent. */
function matcherOf(action: string) {
  const budget = new StepBudget(matchingStepsMax)
  return ({ matchesAction }: CompiledPolicy['statements'][number]) => {
    try {
      return matchesAction(action, budget)
    } catch (error) {
      if (error instanceof TooManySteps) return false
      throw error
    }
  }
}

/** The values of the condition keys that every message has, and of those that the policies ask about for the action. */
function conditionsOf(request: AccessRequest) {
  const action = request.action.toLowerCase()
  const asks = matcherOf(action)
  const asked = policiesOf(request)
    .flatMap(({ statements }) => statements)
    .slice(0, statementsMax)
    .filter(asks)
    .flatMap(({ conditions }) => conditions.map(({ key }) => key))
  const keys = new Map([...asked, ...everyKey].map(key => [key.toLowerCase(), key]))
  return [...keys].slice(0, keysMax).flatMap(([lower, key]) => {
    const values = request.context.valuesOf(lower)
    return values === undefined ? [] : [{ key, values: itemsOf(values) }]
  })
}
