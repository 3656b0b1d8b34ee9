import { decode } from '../std/index.ts'
import type { Caller } from './call.ts'
import type { PipelineOptions } from './pipeline.ts'
import type { Trace } from './trace.ts'

/** Who calls: proved by the request's signature, or by its input where the operation has it so. */
export function identifyCaller(
  trace: Trace,
  options: Pick<PipelineOptions, 'store' | 'webIdentities' | 'deployment'>,
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
