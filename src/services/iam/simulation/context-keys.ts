import { contextKeysOf, distinctKeys } from '../../../access/index.ts'
import { otherWork } from '../../../std/index.ts'
import { compileSimulated } from './simulated-policy.ts'
import type { SimulatedPolicy } from './simulation.ts'

/**
 * Lists the condition keys that a simulation of identity policies can need. Other work of the thread gets its turn after
 * each policy. Throws InvalidInputException.
 */
export async function listContextKeys(policies: readonly SimulatedPolicy[]): Promise<string[]> {
  const keys: string[] = []
  for (const { name, document } of policies) {
    for (const key of contextKeysOf(compileSimulated(document, 'identity', name))) keys.push(key)
    await otherWork()
  }
  return distinctKeys(keys)
}
