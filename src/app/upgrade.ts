import type { Config } from './config/config.ts'
import type { UpgradeCheck } from './recovery/check-upgrade.ts'

/**
 * Says what a start of this version would do to the format of the data directory, whose server may run, and tries it on a copy.
 * Nothing else changes. Throws OperatorError if the directory cannot be read.
 */
export async function checkUpgrade(config: Config): Promise<UpgradeCheck> {
  // A start needs none of it.
  return await (await import('./recovery/check-upgrade.ts')).checkUpgrade(config)
}
