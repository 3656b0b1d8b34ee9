import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { listContextKeys } from './context-keys.ts'
import { givenPolicies } from './simulated-caller.ts'
import { contextKeysType, policyListType } from './simulation-shapes.ts'

/** Lists the context keys that the given policies refer to. */
export const GetContextKeysForCustomPolicy = operation({
  name: 'GetContextKeysForCustomPolicy',
  effect: 'read',
  input: structure({ PolicyInputList: required(policyListType) }),
  output: structure({ ContextKeyNames: contextKeysType }),
  async handle({ input }) {
    return { ContextKeyNames: await listContextKeys(givenPolicies(input.PolicyInputList)) }
  },
})
