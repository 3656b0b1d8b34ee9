import type { Hsm } from '../../hsm/index.ts'
import { type Organization, operationsWith } from '../../operation/index.ts'

/** The tools of IAM's operations, besides the context that every operation gets. */
export interface IamTools {
  readonly hsm: Pick<Hsm, 'wrapSecret'>
  readonly organization: Organization
}

/** Declares an operation of IAM. */
export const operation = operationsWith<IamTools>()
