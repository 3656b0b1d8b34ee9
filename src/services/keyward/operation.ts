import type { KeyUsageLedger } from '../../keys/index.ts'
import {
  type AccessAnswer,
  type AccessListQuestion,
  type AccessPage,
  type AccessQuestion,
  type Organization,
  operationsWith,
} from '../../operation/index.ts'
import type { Millis, NamedSample } from '../../std/index.ts'
import type { TokenSeal } from '../page-tokens.ts'

/** The tools of the operations of Keyward's own service, besides the context that every operation gets. */
export interface KeywardTools {
  /** Answers a question about a permission, with everything that decides it. */
  readonly explainAccess: (question: AccessQuestion) => Promise<AccessAnswer>
  /** Lists the principals that may perform an action with a key. */
  readonly listAccess: (question: AccessListQuestion) => Promise<AccessPage>
  /** Seals the tokens of pages. */
  readonly secrets: TokenSeal
  readonly keyUsages: Pick<KeyUsageLedger, 'find'>
  readonly organization: Organization
  readonly server: ServerFacts
}

/** The facts of the server that its operator may know. */
export interface ServerFacts {
  /** The account of the first start, which is the operator's. */
  readonly operatorAccountId: string
  readonly version: () => string
  readonly readiness: () => 'ok' | 'unavailable' | 'sealed'
  /** Reads the samples that the metrics have at this moment, with the time of the reading. Undefined if metrics are off. */
  readonly readSamples:
    | (() => Promise<{ readonly time: Millis; readonly samples: readonly NamedSample[] }>)
    | undefined
}

/** Declares an operation of Keyward's own service. */
export const operation = operationsWith<KeywardTools>()
