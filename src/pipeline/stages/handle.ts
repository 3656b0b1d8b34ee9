import type { KeyEvent } from '../../domain/index.ts'
import { andThen } from '../../std/index.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** Runs the handler of the operation. */
export function handle(performed: PerformedCall, { authorizer }: Machine): void | Promise<void> {
  const result = performed.call.operation.handle({
    ...toPrepareContext(performed),
    prepared: performed.prepared,
    recipient: performed.recipient,
    contextFor: (action: string) => authorizer.contextFor(performed, action),
    store: performed.lookUps.store,
    recordEvent: (event: KeyEvent) => performed.events.push(event),
  })
  return andThen(result, output => {
    performed.result = output
  })
}

/**
 * Returns the context of `prepare`: the tools of the service, the things that the call touches by their names, and the
 * facts of the call.
 */
export function toPrepareContext(performed: PerformedCall): object {
  const { call, touched, input, provedCaller: caller, time: now } = performed
  return { ...call.service.tools, ...touched, input, caller, scope: caller.scope, now }
}
