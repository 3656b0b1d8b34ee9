import { awsCliWarning, loadConfig, readExportLines, readKeyLine, type SettingValues } from '../app/index.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'

/** The subcommand that prints the shell lines for clients of the server. */
export const env: Subcommand = {
  summary: 'print the shell lines that point the AWS CLI and SDKs at the server',
  switches: { keys: "print the administrator's access key and its secret, too" },
  async run(flags: SettingValues, _operands, { keys }: OptionValues): Promise<void> {
    const config = loadConfig(flags)
    const lines = readExportLines(config)
    if (keys !== undefined) lines.push(readKeyLine(config))
    process.stdout.write(`${lines.join('\n')}\n`)
    // A shell evaluates what stands in standard output.
    const warning = awsCliWarning(config)
    if (warning !== undefined) process.stderr.write(`WARNING: ${warning}\n`)
  },
}
