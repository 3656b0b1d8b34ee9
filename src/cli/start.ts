import {
  type Config,
  isLoopback,
  type Keyward,
  loadConfig,
  type SettingValues,
  startKeyward,
} from '../app/index.ts'
import { type Millis, OperatorError, systemClock } from '../std/index.ts'
import { restartSealed } from './restart.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'
import { isInteractive, readNewPassphrase, readSecret } from './terminal.ts'

/** The subcommand that runs a server. */
export const start: Subcommand = {
  summary: 'run the server until it receives a signal to stop',
  switches: { sealed: 'start sealed: the root key is opened by keyward operator unseal' },
  async run(flags: SettingValues, _operands, options: OptionValues): Promise<void> {
    const config = loadConfig(flags)
    const keyward = await startKeyward(config, {
      isSealed: options['sealed'] !== undefined,
      askPassphrase: isInteractive() ? askPassphrase : undefined,
      reportProblem: text => process.stderr.write(`${text}\n`),
      restartSealed: (addresses, rootKey) => restartSealed({ ...flags, 'root-key': rootKey }, addresses),
    })
    stopOnSignal(keyward)
    process.stdout.write(banner(keyward, config))
    if (config.insecureNoAuth) process.stderr.write(noAuthWarning)
    if (config.testClock !== 'off') process.stderr.write(testClockWarning)
    if (config.audit.durability === 'written') process.stderr.write(durabilityWarning)
    if (!isLoopback(config.host))
      process.stderr.write(config.servesPlainHttp ? clearTextWarning : plainHttpNotice(config))
    if (lacksNames(keyward, config)) process.stderr.write(namesNotice)
  },
}

const askPassphrase = (isNew: boolean) =>
  isNew ? readNewPassphrase('New passphrase of the root key') : readSecret('Passphrase of the root key: ')

const sealedLines: Readonly<Record<ReturnType<Keyward['gate']['status']>['state'], string>> = {
  uninitialized: 'It is sealed, and has no root key yet. Make one with keyward operator init.\n',
  sealed: 'It is sealed. Unseal it with keyward operator unseal.\n',
  open: '',
}

function banner(keyward: Keyward, { tls }: Config): string {
  const { listening, metricsUrl, credentialsPath, exports, gate } = keyward
  const { plainUrl, tlsUrl, caPath } = listening
  const urls = [plainUrl, tlsUrl].filter(url => url !== undefined)
  const gaveWay = tls !== undefined && !tls.isPortAskedFor && tlsUrl?.endsWith(`:${tls.port}`) === false
  return `Keyward is up at ${urls.join(' and ')}
${sealedLines[gate.status().state]}${gaveWay ? `Port ${tls.port} is in use by another program, so HTTPS has a different one.\n` : ''}${
  caPath === undefined ? '' : `Clients of HTTPS must trust ${caPath}\n`
}${metricsUrl === undefined ? '' : `Metrics are at ${metricsUrl}\n`}The administrator's credentials are in ${credentialsPath}

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

const durabilityWarning = `
WARNING: the durability of the audit log is 'written': an answer leaves when its record is in the hands of the operating
         system. A power cut or a crash of the machine can lose the records of the last second; a kill of the server cannot.

`

const clearTextWarning = `
WARNING: allow-plain-http is on, and this address can be reached from other machines.
         Anybody on the network path can read the plaintext and data keys of connections without TLS.

`

const plainHttpNotice = ({ host, port }: Config) => `
Plain HTTP is not served on ${host}, which other machines can reach: port ${port} is closed, and clients use HTTPS.
The flag --allow-plain-http opens it.

`

/** Whether other machines can connect, and no name in the server's own certificate is theirs to use. */
function lacksNames({ listening }: Keyward, { host, tlsNames }: Config): boolean {
  return listening.caPath !== undefined && tlsNames.length === 0 && ['0.0.0.0', '::'].includes(host)
}

const namesNotice = `
The certificate of HTTPS has only the names of this machine. Set KEYWARD_TLS_NAMES to the names and addresses that other
machines use, before you give ca.pem to them: a new name makes a new CA.

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
