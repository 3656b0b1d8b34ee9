import type { KeywardTools } from '../../services/index.ts'
import { version } from '../version.ts'
import { readinessOf } from './audit.ts'
import type { Base } from './base.ts'
import type { State } from './state.ts'

/** Returns the tools of Keyward's own service that need neither the pipeline nor its parts. */
export function keywardToolsOf(
  { metrics, organization }: Base,
  { hsm, audit, operatorAccountId }: State,
): Pick<KeywardTools, 'server' | 'organization' | 'secrets'> {
  let known: string | undefined
  return {
    server: {
      operatorAccountId,
      version: () => {
        known ??= version()
        return known
      },
      readiness: () => readinessOf(audit, false),
      readSamples: metrics && (() => metrics.readSamples()),
    },
    organization,
    secrets: hsm,
  }
}
