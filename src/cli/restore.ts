import { loadConfig, restoreBackup, type SettingValues } from '../app/index.ts'
import { OperatorError } from '../std/index.ts'
import { showProgress } from './progress.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'
import { readSecret } from './terminal.ts'

/** The subcommand that restores a backup into an empty data directory. */
export const restore: Subcommand = {
  summary: 'restore FILE --identity FILE: restore a backup into an empty data directory, and verify it',
  operands: 1,
  options: { identity: 'file of age-keygen whose identity opens the backup; may be repeated' },
  switches: {
    'without-root-key': 'do not check the rows; keyward accept-restore does that before the first start',
  },
  async run(flags: SettingValues, [path]: readonly string[], options: OptionValues): Promise<void> {
    if (path === undefined) throw new OperatorError('keyward restore needs the FILE of a backup.')
    const config = loadConfig(flags)
    const { madeAt, records, checked } = await restoreBackup(config, {
      ...{ path, identityPaths: options['identity'] ?? [] },
      hasRootKey: options['without-root-key'] === undefined,
      ask: readSecret,
      progress: showProgress('Restore'),
    })
    process.stdout.write(
      checked === undefined
        ? `The backup of ${madeAt} is in ${config.dataDirectory}, with ${records} records. Put the root key in its place and run keyward accept-restore: no server opens before.\n`
        : `The backup of ${madeAt} is restored into ${config.dataDirectory}: ${records} records, ${checked.entities} entities that verify, ${checked.samples} samples that decrypt.\nThe changes since then are lost. The audit log has a record of the restore.\n`,
    )
  },
}
