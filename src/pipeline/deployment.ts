import { factsOf, type KeySpec, partitionOf, type ResourceQuotas } from '../domain/index.ts'

/** What operations have to know of the server they run in. */
export interface Deployment {
  /** The regions it serves. */
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
