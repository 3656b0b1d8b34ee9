import type { Networks } from '../../domain/index.ts'
import { operationsWith } from '../../operation/index.ts'
import type { TokenSeal } from '../page-tokens.ts'

/** The tools of EC2's operations, besides the context that every operation gets. */
export interface Ec2Tools {
  readonly networks: Networks
  /** The Regions that the server serves. */
  readonly regions: readonly string[]
  /** The port at which the endpoints accept. */
  readonly endpointPort: number
  /** Seals the tokens of pages. */
  readonly secrets: TokenSeal
}

/** Declares an operation of EC2. */
export const ec2Operation = operationsWith<Ec2Tools>()
