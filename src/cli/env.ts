import { awsCliWarning, loadConfig, readExportLines, readKeyLine, type SettingValues } from '../app/index.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'

/** The subcommand that prints the shell lines for clients of the server. */
export const env: Subcommand = {
  summary: 'print the shell lines that point the AWS CLI and SDKs at the server',
  switches: {
    keys: "print the administrator's access key and its secret, too",
    tls: 'print the lines for HTTPS',
    ec2: 'print the endpoint of EC2, too: all calls of EC2 from this shell then come here',
    'with-public-roots':
      'with --tls: trust the public roots, too; writes tls/bundle.pem in the data directory',
  },
  async run(flags: SettingValues, _operands, options: OptionValues): Promise<void> {
    const config = loadConfig(flags)
    const { keys, tls, ec2, 'with-public-roots': roots } = options
    const { lines, url, note } = readExportLines(config, {
      tls: tls !== undefined,
      withPublicRoots: roots !== undefined,
      ec2: ec2 !== undefined,
    })
    const keyLines = keys === undefined ? [] : [readKeyLine(config)]
    process.stdout.write(`${[...lines, ...keyLines].join('\n')}\n`)
    // A shell evaluates what stands in standard output.
    const warnings = [note, awsCliWarning(url)].filter(warning => warning !== undefined)
    for (const warning of warnings) process.stderr.write(`WARNING: ${warning}\n`)
  },
}
