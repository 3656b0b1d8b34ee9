import { partitionOf } from '../aws/region.ts'
import { factsOf, type KeySpec } from './key-spec.ts'
import type { ResourceQuotas } from './resource-quotas.ts'

/** The facts of the server that operations on keys depend on. */
export interface Deployment {
  /** The Regions that it serves; the first is the default. */
  readonly regions: readonly string[]
  /** Whether SM2 keys are offered outside of the China regions too. */
  readonly offersSm2: boolean
  readonly quotas: ResourceQuotas
}

/** Whether keys of a spec are offered in a region (API reference, "CreateKey"). */
export function offersKeySpec({ offersSm2 }: Deployment, keySpec: KeySpec, region: string): boolean {
  const { offered } = factsOf(keySpec)
  const isChina = partitionOf(region) === 'aws-cn'
  if (offered === 'inChina') return isChina || offersSm2
  return offered === undefined || !isChina
}
