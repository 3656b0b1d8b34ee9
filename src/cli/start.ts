import { isLoopback, type Keyward, loadConfig, type SettingValues, startKeyward } from '../app/index.ts'
import { OperatorError } from '../std/index.ts'
import type { Subcommand } from './index.ts'

export const start: Subcommand = {
  summary: 'run the server until it is told to stop',
  async run(flags: SettingValues): Promise<void> {
    const config = loadConfig(flags)
    const keyward = await startKeyward(config)
    stopOnSignal(keyward)
    process.stdout.write(banner(keyward))
    if (config.insecureNoAuth) process.stderr.write(noAuthWarning)
    if (!isLoopback(config.host)) process.stderr.write(clearTextWarning)
  },
}

function banner({ url, credentialsPath, exports }: Keyward): string {
  return `Keyward is up at ${url}
The administrator's credentials are in ${credentialsPath}

In another terminal:

${exports.map(line => `  ${line}`).join('\n')}

  aws kms create-key
`
}

const noAuthWarning = `
WARNING: insecure-no-auth is on. Anybody who can reach this address uses and deletes every key.
         It is for tests of other programs and nothing else.

`

const clearTextWarning = `
WARNING: this address can be reached from other machines, and the connection is not encrypted.
         Whoever listens on the way reads plaintext and data keys. Put a TLS proxy in front.

`

/** The first signal lets requests in flight finish, the second does not wait for them. */
function stopOnSignal(keyward: Keyward): void {
  let isStopping = false
  const stop = (): void => {
    if (isStopping) process.exit(1)
    isStopping = true
    keyward.close().then(
      () => {
        process.stdout.write('Keyward has stopped.\n')
        process.exit(0)
      },
      (error: unknown) => {
        process.stderr.write(
          `keyward: stopping failed: ${error instanceof OperatorError ? error.message : error}\n`,
        )
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
