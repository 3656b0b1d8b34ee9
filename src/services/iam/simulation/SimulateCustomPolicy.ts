import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { givenPolicies, simulatedPrincipal } from './simulated-caller.ts'
import { simulate } from './simulation.ts'
import {
  organizationPoliciesType,
  policyListType,
  simulationInput,
  simulationOutput,
} from './simulation-shapes.ts'

/** Simulates how given policies, and optionally a resource policy, decide a list of actions on a list of resources. */
export const SimulateCustomPolicy = operation({
  name: 'SimulateCustomPolicy',
  effect: 'read',
  input: structure({
    PolicyInputList: required(policyListType),
    OrderedOrganizationPolicyInputList: organizationPoliciesType,
    ...simulationInput,
  }),
  output: simulationOutput,
  handle({ input, scope: { accountId } }) {
    const caller = {
      principal: simulatedPrincipal(accountId, input.CallerArn),
      policies: givenPolicies(input.PolicyInputList),
      boundary: undefined,
      organization: input.OrderedOrganizationPolicyInputList?.map(
        ({ ServiceControlPolicyInputList: level = [] }) => level,
      ),
      accountPolicies: undefined,
    }
    return simulate(caller, input)
  },
})
