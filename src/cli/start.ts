import {
  type Config,
  isLoopback,
  type Keyward,
  loadConfig,
  type SettingValues,
  startKeyward,
} from '../app/index.ts'
import { type Millis, OperatorError, systemClock } from '../std/index.ts'
import { restartSealed } from './restart-sealed.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'
import { isInteractive, readNewPassphrase, readSecret } from './terminal.ts'

/** The subcommand that runs a server. */
export const start: Subcommand = {
  summary: 'run the server until it receives a signal to stop',
  switches: {
    sealed: 'start sealed, even if no operator is needed; keyward operator unseal opens the server',
  },
  async run(flags: SettingValues, _operands: readonly string[], options: OptionValues): Promise<void> {
    const config = loadConfig(flags)
    let isStopping = () => false
    const keyward = await startKeyward(config, {
      isSealed: options['sealed'] !== undefined,
      askPassphrase: isInteractive() ? askPassphrase : undefined,
      announce: text => process.stdout.write(`${text}\n`),
      reportProblem: text => process.stderr.write(`${text}\n`),
      restartSealed: (addresses, rootKey) => isStopping() || restartSealed(addresses, rootKey),
    })
    isStopping = stopOnSignal(keyward)
    const { state } = keyward.gate.status()
    process.stdout.write(state === 'open' ? banner(keyward, config) : sealedBanner(keyward, state))
    if (config.insecureNoAuth) process.stderr.write(noAuthWarning)
    if (config.testClock !== 'off') process.stderr.write(testClockWarning)
    if (config.audit.durability === 'written') process.stderr.write(durabilityWarning)
    if (!isLoopback(config.host) && config.port !== undefined)
      process.stderr.write(config.servesPlainHttp ? clearTextWarning : plainHttpNotice(config))
    if (lacksNames(keyward, config)) process.stderr.write(namesNotice)
    if (state === 'open' && lacksWay(keyward)) process.stderr.write(noWayWarning)
  },
}

const askPassphrase = (isNew: boolean) =>
  isNew ? readNewPassphrase('New passphrase of the root key') : readSecret('Passphrase of the root key: ')

function sealedBanner(
  { listening, metricsUrl, consoleUrl, xksProxyUrl }: Keyward,
  state: 'sealed' | 'uninitialized',
): string {
  return `${placeLine(listening)}
${
  state === 'sealed'
    ? 'It is sealed. Unseal it with keyward operator unseal.'
    : 'It has no root key yet. Make one with keyward operator init.'
}
${consoleLine(consoleUrl)}${metricsUrl === undefined ? '' : `Metrics are at ${metricsUrl}\n`}${proxyLine(xksProxyUrl)}`
}

function placeLine({ plainUrl, tlsUrl }: Keyward['listening']): string {
  const urls = [plainUrl, tlsUrl].filter(url => url !== undefined)
  return `Keyward is up at ${urls.length === 0 ? 'its private endpoints alone' : urls.join(' and ')}`
}

const consoleLine = (url: string | undefined) => (url === undefined ? '' : `The console is at ${url}\n`)

const proxyLine = (url: string | undefined) =>
  url === undefined ? '' : `The external key store proxy is at ${url}\n`

function banner(
  { listening, metricsUrl, consoleUrl, xksProxyUrl, endpointLines, credentialsPath, exports }: Keyward,
  { tls }: Config,
): string {
  const { tlsUrl, caPath } = listening
  const gaveWay = tls !== undefined && !tls.isPortAskedFor && tlsUrl?.endsWith(`:${tls.port}`) === false
  return `${placeLine(listening)}
${gaveWay ? `Port ${tls.port} is in use by another program, so HTTPS has a different one.\n` : ''}${
  caPath === undefined ? '' : `Clients of HTTPS must trust ${caPath}\n`
}${consoleLine(consoleUrl)}${metricsUrl === undefined ? '' : `Metrics are at ${metricsUrl}\n`}${proxyLine(xksProxyUrl)}${endpointLines.map(line => `${line}\n`).join('')}The administrator's credentials are in ${credentialsPath}
${exports.length === 0 ? '' : firstSteps(exports)}`
}

const firstSteps = (exports: readonly string[]) => `
In another terminal:

${exports.map(line => `  ${line}`).join('\n')}

  aws kms create-key
`

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

/** Whether no listener leads to the server: the public ones are off, and there is no private endpoint. */
const lacksWay = ({ listening: { plainUrl, tlsUrl }, endpointLines }: Keyward): boolean =>
  plainUrl === undefined && tlsUrl === undefined && endpointLines.length === 0

const noWayWarning = `
WARNING: the public listeners are off, and no private endpoint exists: no client can call this server.
         Start it once with KEYWARD_PORT=4599 and KEYWARD_HOST=127.0.0.1, and make the first endpoint.

`

const namesNotice = `
The certificate of HTTPS has only the names of this machine. Set KEYWARD_TLS_NAMES to the names and addresses that other
machines use, before you give ca.pem to them: a new name makes a new CA.

`

const sameSignalMillis = 1000

/**
 * The first signal allows requests in flight to finish; a later signal does not wait for them. One Ctrl-C may arrive as
 * two signals: one from the terminal, and one from npm, which passes its own on. Returns a function that says whether a
 * signal came.
 */
function stopOnSignal(keyward: Keyward): () => boolean {
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
  return () => stoppingSince !== undefined
}
