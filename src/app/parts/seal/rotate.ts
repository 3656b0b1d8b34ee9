import { RotationRefused, rotateDomainKeys as rotateThem } from '../../../jobs/index.ts'
import { OperatorProblem, type RotateResult } from '../../../operator/index.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'
import { domainKeyOptions } from './domain-key-options.ts'

/**
 * Makes new domain keys: of one domain, or of all. The old ones retire, and re-wrapping begins. Throws OperatorProblem for an
 * unknown domain, while a re-wrapping is under way, and while the audit log cannot be written.
 */
export async function rotateDomainKeys(
  base: Base,
  state: State,
  domain: string | undefined,
): Promise<RotateResult> {
  const { audit } = state
  if (audit.failure !== undefined)
    throw new OperatorProblem('NotRecorded', `The domain keys stay as they are: ${audit.failure}.`)
  try {
    const named = domain === undefined ? [] : [domain]
    return { domains: await rotateThem(domainKeyOptions(base, state), named) }
  } catch (error) {
    throw error instanceof RotationRefused ? new OperatorProblem(error.code, error.message) : error
  }
}
