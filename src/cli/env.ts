import { loadConfig, readExportLines, type SettingValues } from '../app/index.ts'
import type { Subcommand } from './subcommand.ts'

/** The subcommand that prints the shell lines for clients of the server. */
export const env: Subcommand = {
  summary: 'print the shell lines that point the AWS CLI and SDKs at the server',
  async run(flags: SettingValues): Promise<void> {
    process.stdout.write(`${readExportLines(loadConfig(flags)).join('\n')}\n`)
  },
}
