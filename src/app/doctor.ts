import type { Config } from './config/config.ts'
import type { CheckedFinding } from './doctor/finding.ts'

/**
 * Examines an installation, and yields each finding as soon as it is made; `skipped` has the names of checks that are left out.
 * The room of the checks is loaded here: a start needs none of it. Throws OperatorError if there is nothing to examine.
 */
export async function* examineInstallation(
  config: Config,
  skipped: ReadonlySet<string>,
): AsyncGenerator<CheckedFinding> {
  const { examine } = await import('./doctor/doctor.ts')
  yield* examine(config, skipped)
}
