import { type AccessAnswer, type AccessQuestion, operationsWith } from '../../operation/index.ts'

/** What the operations of Keyward's own service work with, besides what every operation gets. */
export interface KeywardTools {
  /** Answers a question about a permission with all that decides it. */
  readonly explainAccess: (question: AccessQuestion) => Promise<AccessAnswer>
}

/** Declares an operation of Keyward's own service. */
export const operation = operationsWith<KeywardTools>()
