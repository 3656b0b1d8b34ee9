import type { Deployment, ExternalProxies, HsmClusters } from '../../domain/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import type { KeyUsageLedger } from '../../keys/index.ts'
import { operationsWith } from '../../operation/index.ts'

/** The tools of the operations of AWS KMS, besides the context that every operation gets. */
export interface KmsTools {
  readonly hsm: Hsm
  readonly deployment: Deployment
  readonly keyUsages: Pick<KeyUsageLedger, 'find'>
  readonly externalProxies: ExternalProxies
  readonly hsmClusters: HsmClusters
}

/** Declares an operation of AWS KMS. */
export const operation = operationsWith<KmsTools>()
