import { isLoopback, type Keyward, loadConfig, type SettingValues, startKeyward } from '../app/index.ts'
import { type Millis, OperatorError, systemClock } from '../std/index.ts'
import type { Subcommand } from './subcommand.ts'

/** The subcommand that runs a server. */
export const start: Subcommand = {
  summary: 'run the server until it receives a signal to stop',
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
WARNING: insecure-no-auth is on. Anybody who can reach this address can use and delete every key.
         Use it for tests of other programs only.

`

const testClockWarning = `
WARNING: test-clock is on. Any program on this machine can set the clock forward, which deletes keys that become due.

`

const clearTextWarning = `
WARNING: this address can be reached from other machines, and the connection is not encrypted.
         Anybody on the network path can read plaintext and data keys. Put a TLS proxy in front.

`

const sameSignalMillis = 1000

/**
 * The first signal allows requests in flight to finish; a later signal does not wait for them. One Ctrl-C may arrive as
 * two signals: one from the terminal, and one from npm, which passes its own on.
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
