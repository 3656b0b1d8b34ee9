import type { Json } from '../std/index.ts'
import type { Caller } from './caller.ts'

/** How the audit record of an operation differs from the rule for all operations. */
export interface OperationRecord<I> {
  /** CloudTrail's `readOnly`, where it is not the operation's effect. */
  readonly isReadOnly?: boolean
  /** The requestParameters, where the record shows more than the request has, such as defaults or facts of the caller. */
  readonly shown?: (input: I, disclosed: Json, caller: Caller | undefined) => Json
}
