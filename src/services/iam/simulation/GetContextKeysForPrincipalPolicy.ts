import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { arnType } from '../wire/shapes.ts'
import { listContextKeys } from './context-keys.ts'
import { arnOfSource, givenPolicies, readSource } from './simulated-caller.ts'
import { contextKeysType, policyListType } from './simulation-shapes.ts'

/**
 * Lists the context keys that the policies of a user, group or role refer to, with the policies of a user's groups, but
 * without the permissions boundary and the policies of an organization.
 */
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
    return { ContextKeyNames: await listContextKeys([...policies, ...givenPolicies(input.PolicyInputList)]) }
  },
})
