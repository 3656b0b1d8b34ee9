import type { KeyEvent } from '../../domain/index.ts'
import type { LaterCall } from '../../operation/index.ts'
import { andThen } from '../../std/index.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'
import type { Authorizer } from '../permission/authorizer.ts'

/** Runs the handler of the operation. */
export function handle(performed: PerformedCall, { authorizer }: Machine): void | Promise<void> {
  return andThen(performed.call.operation.handle(contextOf(performed, authorizer)), result => {
    performed.result = result
  })
}

/** The tools of the service, the things that the call touches by their names, and the call itself. */
export function contextOf(performed: PerformedCall, authorizer: Authorizer): object {
  const { call, touched, input, provedCaller: caller, time: now, prepared, recipient, lookUps } = performed
  return {
    ...call.service.toolsFor(performed.requester),
    ...touched,
    input,
    caller,
    scope: caller.scope,
    now,
    requestId: performed.requestId,
    prepared,
    recipient,
    requestFor: (later: LaterCall) => authorizer.requestFor(performed, later),
    store: lookUps.store,
    recordEvent:
      call.operation.effect === 'write' ? (event: KeyEvent) => performed.events.push(event) : undefined,
  }
}
