import type { KeyUsageLedger } from '../../keys/index.ts'
import { type AccessAnswer, type AccessQuestion, operationsWith } from '../../operation/index.ts'
import type { TokenSeal } from '../page-tokens.ts'

/** The tools of the operations of Keyward's own service, besides the context that every operation gets. */
export interface KeywardTools {
  /** Answers a question about a permission, with everything that decides it. */
  readonly explainAccess: (question: AccessQuestion) => Promise<AccessAnswer>
  /** Seals the tokens of pages. */
  readonly secrets: TokenSeal
  readonly keyUsages: Pick<KeyUsageLedger, 'find'>
}

/** Declares an operation of Keyward's own service. */
export const operation = operationsWith<KeywardTools>()
