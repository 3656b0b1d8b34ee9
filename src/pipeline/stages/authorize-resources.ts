import type { FoundResources, ResourceRequirement } from '../../operation/index.ts'
import { andThen, eachInOrder } from '../../std/index.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** Finds the resources other than keys that the call touches, and decides about each. Throws AccessDeniedException. */
export function authorizeResources(performed: PerformedCall, machine: Machine): void | Promise<void> {
  const { resources } = performed.call.operation
  if (resources.length === 0) return
  performed.resources = []
  return eachInOrder(resources, ([name, find]) => {
    const { input, provedCaller: caller, lookUps } = performed
    const found = find({ input, caller, scope: caller.scope, store: lookUps.store })
    return andThen(found, wanted => authorize(performed, name, wanted, machine))
  })
}

function authorize(performed: PerformedCall, name: string, found: FoundResources, machine: Machine): void {
  const resources = 'found' in found ? found.resources : found
  if ('found' in found) performed.touched[name] = found.found
  performed.resources = [...performed.resources, ...resources]
  for (const resource of resources) authorizeOne(performed, resource, machine)
}

function authorizeOne(
  performed: PerformedCall,
  resource: ResourceRequirement<never>,
  { authorizer }: Machine,
): void {
  authorizer.authorizeResource(performed, performed.actionOf(resource), resource)
}
