import { checkState, checkUsage, type KeyOperation, ServiceError } from '../domain/index.ts'
import type { Reader } from '../store/index.ts'
import type { KeyUse } from './key-use.ts'
import type { ResourceRequirement } from './operation.ts'
import type { Trace } from './trace.ts'

/** Whether the key is of a kind, in a state and made for a use that the operation can be had with. */
export function checkKey({ call }: Trace, { requirement, key }: KeyUse): void {
  requirement.supports?.(key.key)
  const row = requirement.state ?? (call.operation.name as KeyOperation)
  if (row !== 'any') checkState(row, key.key.keyState, key.arn)
  if (requirement.usage !== undefined) checkUsage(key.key, requirement.usage, call.operation.name)
}

/** What the caller must be allowed besides its keys. */
export function findResources(
  trace: Trace,
  store: Reader,
): readonly ResourceRequirement<never>[] | Promise<readonly ResourceRequirement<never>[]> {
  const { call, input, uses, provedCaller: caller } = trace
  const { resources, findResources: find, plan } = call.operation
  const { scope } = caller
  if (plan !== undefined) {
    return plan({ input, caller, scope, store }).then(planned => {
      trace.prepared = planned.prepared
      return planned.resources
    })
  }
  if (find !== undefined) return find({ input, caller, scope, store })
  return resources?.(input, scope) ?? (uses.length === 0 ? [{ arn: '*' }] : [])
}

/** Passes the output on, unless it was only a rehearsal. */
export function checkDryRun<T>({ input, call }: Trace, output: T): T {
  if ((input as { DryRun?: boolean }).DryRun === true) {
    call.operation.output?.wipe?.(output)
    throw new ServiceError(
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    )
  }
  return output
}
