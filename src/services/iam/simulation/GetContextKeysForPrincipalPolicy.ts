import { required, structure } from '../../../std/index.ts'
import { operation } from '../wire/operation.ts'
import { arnType } from '../wire/shapes.ts'
import { listContextKeys } from './context-keys.ts'
import { arnOfSource, givenPolicies, readSource } from './simulated-caller.ts'
import { contextKeysType, policyListType } from './simulation-shapes.ts'

/** Of the policies of an identity and its groups; its permissions boundary is none of them, and neither are policies above it. */
export const GetContextKeysForPrincipalPolicy = operation({
  name: 'GetContextKeysForPrincipalPolicy',
  effect: 'read',
  input: structure({ PolicySourceArn: required(arnType), PolicyInputList: policyListType }),
  output: structure({ ContextKeyNames: contextKeysType }),
  touches: {
    source: async ({ input: { PolicySourceArn: arn }, scope, store }) => {
      return [{ arn: (await arnOfSource(store, scope.accountId, arn)) ?? arn }]
    },
  },
  async handle({ input, scope: { accountId }, store }) {
    const { policies } = await readSource(store, accountId, input.PolicySourceArn)
    return { ContextKeyNames: listContextKeys([...policies, ...givenPolicies(input.PolicyInputList)]) }
  },
})
