import type { Hsm } from '../../hsm/index.ts'
import type { RoleLedger } from '../../identity/index.ts'
import { type Organization, operationsWith } from '../../operation/index.ts'

/** The tools of IAM's operations, besides the context that every operation gets. */
export interface IamTools {
  readonly hsm: Pick<Hsm, 'wrapSecret'>
  readonly organization: Organization
  readonly roleUses: Pick<RoleLedger, 'find'>
}

/** Declares an operation of IAM. */
export const operation = operationsWith<IamTools>()
