import { acceptRestore as accept, loadConfig, type SettingValues } from '../app/index.ts'
import type { Subcommand } from './subcommand.ts'
import { readSecret } from './terminal.ts'

/** The subcommand that accepts a database which was restored from a backup. */
export const acceptRestore: Subcommand = {
  summary: 'accept a database that was restored from a backup; the audit log gets a record of it',
  async run(flags: SettingValues): Promise<void> {
    const older = await accept(loadConfig(flags), readSecret)
    for (const { domain, commits, seen } of older)
      process.stdout.write(
        seen === commits + 1
          ? `${domain}: change ${seen} is lost.\n`
          : `${domain}: changes ${commits + 1} to ${seen} are lost.\n`,
      )
    process.stdout.write(
      older.length === 0
        ? 'The database is not older than the audit log. There is nothing to accept.\n'
        : 'The restored database is accepted, and the audit log has a record of it.\n',
    )
  },
}
