import { acceptRestore as accept, loadConfig, restoredCountMin, type SettingValues } from '../app/index.ts'
import type { Subcommand } from './subcommand.ts'
import { readSecret } from './terminal.ts'

/** The subcommand that accepts a database which was restored from a backup. */
export const acceptRestore: Subcommand = {
  summary: 'accept a database that was restored from a backup; the audit log gets a record of it',
  async run(flags: SettingValues): Promise<void> {
    const older = await accept(loadConfig(flags), readSecret)
    for (const domain of older) process.stdout.write(`${describe(domain)}\n`)
    process.stdout.write(
      older.length === 0
        ? 'The database is not older than the audit log. There is nothing to accept.\n'
        : 'The restored database is accepted, and the audit log has a record of it.\n',
    )
  },
}

function describe({ domain, commits, seen }: Awaited<ReturnType<typeof accept>>[number]): string {
  // keyward restore has set the count in the log alone, and nobody knows how many changes are lost.
  if (seen - commits >= restoredCountMin)
    return `${domain}: the state of the backup, change ${commits}, is accepted.`
  if (seen === commits + 1) return `${domain}: change ${seen} is lost.`
  return `${domain}: changes ${commits + 1} to ${seen} are lost.`
}
