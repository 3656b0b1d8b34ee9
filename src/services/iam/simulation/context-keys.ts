import { contextKeysOf, distinctKeys } from '../../../access/index.ts'
import { compileSimulated } from './simulated-policy.ts'
import type { SimulatedPolicy } from './simulation.ts'

/** Lists the condition keys that a simulation of identity policies can need. Throws InvalidInputException. */
export function listContextKeys(policies: readonly SimulatedPolicy[]): string[] {
  return distinctKeys(
    policies.flatMap(({ name, document }) => contextKeysOf(compileSimulated(document, 'identity', name))),
  )
}
