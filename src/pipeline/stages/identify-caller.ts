import type { Caller } from '../../operation/index.ts'
import { andThen, decode, type Eventual } from '../../std/index.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** Authenticates the caller. Throws the ServiceError that says why the proof of identity fails. */
export function identifyCaller(performed: PerformedCall, machine: Machine): void | Promise<void> {
  return andThen(proveCaller(performed, machine), caller => {
    performed.caller = caller
  })
}

/** Returns the caller. The request's signature proves it, or the input if the operation declares `identify`. */
function proveCaller(performed: PerformedCall, { store }: Machine): Eventual<Caller> {
  const { operation, service, readInput, authenticate } = performed.call
  if (operation.identify === undefined) return authenticate()
  performed.input = decode(operation.input, readInput())
  return operation.identify({
    ...service.tools,
    input: performed.input,
    now: performed.time,
    store: store.reader,
    defaultRegion: performed.defaultRegion,
  })
}
