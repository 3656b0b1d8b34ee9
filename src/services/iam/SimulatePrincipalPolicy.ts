import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { arnType } from './shapes.ts'
import { arnOfSource, givenPolicies, readSource, simulatedPrincipal } from './simulated-caller.ts'
import { simulate } from './simulation.ts'
import {
  policyExclusionsType,
  policyListType,
  simulationInput,
  simulationOutput,
} from './simulation-shapes.ts'

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
  async findResources({ input: { PolicySourceArn: arn }, scope, store }) {
    return [{ arn: (await arnOfSource(store, scope.accountId, arn)) ?? arn }]
  },
  async handle({ input, scope: { accountId }, store }) {
    const { PolicySourceArn: sourceArn } = input
    const { policies, boundary } = await readSource(store, accountId, sourceArn, input.PolicyExclusionList)
    const caller = {
      principal: simulatedPrincipal(accountId, input.CallerArn ?? sourceArn),
      policies: [...policies, ...givenPolicies(input.PolicyInputList)],
      boundary,
      organization: undefined,
    }
    return simulate(caller, input)
  },
})
