import { isLoopback, type Keyward, loadConfig, type SettingValues, startKeyward } from '../app/index.ts'
import { type Millis, OperatorError, systemClock } from '../std/index.ts'
import type { Subcommand } from './subcommand.ts'

export const start: Subcommand = {
  summary: 'run the server until it is told to stop',
  async run(flags: SettingValues): Promise<void> {
    const config = loadConfig(flags)
    const keyward = await startKeyward(config)
    stopOnSignal(keyward)
    process.stdout.write(banner(keyward))
    if (config.insecureNoAuth) process.stderr.write(noAuthWarning)
    if (config.testClock !== 'off') process.stderr.write(testClockWarning)
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

const testClockWarning = `
WARNING: test-clock is on. Any program on this machine can set the clock forward, and keys that are due are deleted.

`

const clearTextWarning = `
WARNING: this address can be reached from other machines, and the connection is not encrypted.
         Whoever listens on the way reads plaintext and data keys. Put a TLS proxy in front.

`

const sameSignalMillis = 1000

/**
 * The first signal lets requests in flight finish, a later one does not wait for them. One Ctrl-C may come as two: from the
 * terminal, and from npm, which passes on its own.
 */
function stopOnSignal(keyward: Keyward): void {
  let stoppingSince: Millis | undefined
  const stop = (): void => {
    const now = systemClock.now()
    if (stoppingSince !== undefined) {
      if (now - stoppingSince > sameSignalMillis) process.exit(1)
      return
    }
    stoppingSince = now
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
