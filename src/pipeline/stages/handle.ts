import { StepBudget } from '../../access/index.ts'
import type { KeyEvent } from '../../domain/index.ts'
import type { FoundKey, KeyUse, LaterCall } from '../../operation/index.ts'
import { andThen, type Eventual } from '../../std/index.ts'
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
    mayUse: (use: KeyUse) => mayUse(performed, use, authorizer),
    requestFor: (later: LaterCall) => authorizer.requestFor(performed, later),
    store: lookUps.store,
    recordEvent:
      call.operation.effect === 'write' ? (event: KeyEvent) => performed.events.push(event) : undefined,
  }
}

/** Each key has a budget of its own: with one for all, the policies of some keys could hide the others. */
function mayUse(performed: PerformedCall, use: KeyUse, authorizer: Authorizer): Eventual<boolean> {
  const { call, provedCaller: caller, time, recipient, lookUps } = performed
  const found: FoundKey = { ...use, name: 'key', caller, now: time, namedAs: use.key.arn }
  const shared = { call, provedCaller: caller, time, recipient, budget: new StepBudget() }
  return authorizer.mayUseKey({ ...shared, input: use.input, found: [found] }, found, lookUps.grants)
}
