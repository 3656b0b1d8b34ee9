import type { WebIdentities } from '../../identity/index.ts'
import { decode } from '../../std/index.ts'
import type { Store } from '../../store/index.ts'
import type { Caller } from '../caller.ts'
import type { Deployment } from '../deployment.ts'
import type { Trace } from '../trace.ts'

/** Who calls: proved by the request's signature, or by its input where the operation has it so. */
export function identifyCaller(
  trace: Trace,
  options: { readonly store: Store; readonly webIdentities: WebIdentities; readonly deployment: Deployment },
): Caller | Promise<Caller> {
  const { operation, readInput, authenticate } = trace.call
  if (operation.identify === undefined) return authenticate()
  trace.input = decode(operation.input, readInput())
  const { store, webIdentities, deployment } = options
  const [defaultRegion = ''] = deployment.regions
  return operation.identify({
    input: trace.input,
    now: trace.time,
    store: store.reader,
    defaultRegion,
    webIdentities,
  })
}
