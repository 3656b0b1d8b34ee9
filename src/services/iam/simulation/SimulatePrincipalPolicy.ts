import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { arnType } from '../wire/shapes.ts'
import { arnOfSource, givenPolicies, readSource, simulatedPrincipal } from './simulated-caller.ts'
import { simulate } from './simulation.ts'
import {
  policyExclusionsType,
  policyListType,
  simulationInput,
  simulationOutput,
} from './simulation-shapes.ts'

/**
 * Simulates how the policies of a user, group or role, and optionally given policies, decide a list of actions on a
 * list of resources.
 */
export const SimulatePrincipalPolicy = operation({
  name: 'SimulatePrincipalPolicy',
  effect: 'read',
  input: structure({
    PolicySourceArn: required(arnType),
    PolicyInputList: policyListType,
    PolicyExclusionList: policyExclusionsType,
    ...simulationInput,
  }),
  output: simulationOutput,
  touches: {
    source: async ({ input: { PolicySourceArn: arn }, scope, store }) => {
      return [{ arn: (await arnOfSource(store, scope.accountId, arn)) ?? arn }]
    },
  },
  async handle({ input, scope: { accountId }, store, organization: organizations }) {
    const { PolicySourceArn: sourceArn, PolicyExclusionList: exclusions = [] } = input
    const source = await readSource(store, accountId, sourceArn, exclusions)
    // Service control policies do not affect service-linked roles (AWS Organizations user guide, "SCPs").
    const isOrganizationLeftOut =
      source.isServiceLinked || exclusions.some(({ PolicyType }) => PolicyType === 'scp')
    const organization = isOrganizationLeftOut ? undefined : organizations.ofAccount(accountId)
    const caller = {
      principal: simulatedPrincipal(accountId, input.CallerArn ?? source.ownArn),
      policies: [...source.policies, ...givenPolicies(input.PolicyInputList)],
      boundary: source.boundary,
      organization: undefined,
      // An organization without limits counts as one that allows everything.
      accountPolicies: organization && (organization.serviceControlPolicies ?? []),
    }
    return simulate(caller, input)
  },
})
