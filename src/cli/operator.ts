import {
  type Config,
  loadConfig,
  OperatorClient,
  type OperatorStatus,
  type SettingValues,
} from '../app/index.ts'
import { type Json, OperatorError } from '../std/index.ts'
import { confirm, printShares, rekey } from './operator-rekey.ts'
import { renderStatus } from './operator-status.ts'
import { commandOf, type OptionValues, type Subcommand } from './subcommand.ts'
import { giveLines, isInteractive, readNewPassphrase, readSecret } from './terminal.ts'

/** A command to the server, and the flags that it takes. */
interface Command {
  readonly flags: readonly string[]
  run(client: OperatorClient, options: OptionValues, config: Config): Promise<void>
}

const commands: Readonly<Record<string, Command>> = {
  init: { flags: ['shares', 'threshold', 'force'], run: init },
  unseal: { flags: ['reset'], run: unseal },
  seal: { flags: [], run: seal },
  status: { flags: ['json'], run: status },
  rekey: { flags: ['to', 'shares', 'threshold', 'verify'], run: changeRootKey },
  'rotate-domain-keys': { flags: ['domain', 'wait'], run: rotate },
  'audit-credentials': { flags: [], run: auditCredentials },
}

/** The names of the commands that follow `keyward operator`. */
export const operatorCommandNames: readonly string[] = Object.keys(commands)

/** The subcommand that commands a running server through the socket in its data directory. */
export const operator: Subcommand = {
  summary: `command a running server: ${operatorCommandNames.join(', ')}`,
  operands: 1,
  options: {
    shares: 'with init and rekey: the number of shares of the root key',
    threshold: 'with init and rekey: the number of shares that open the root key',
    to: 'with rekey: the setting KEYWARD_ROOT_KEY of the new root key; standard input has the present passphrase or shares, then a new passphrase',
    domain: 'with rotate-domain-keys: the Region, or global; all if not given',
  },
  switches: {
    force: 'with init: replace a root key that protects nothing yet',
    reset: 'with unseal: forget the shares that were given',
    json: 'with status: print JSON',
    verify: 'with rekey: read new shares from standard input and confirm them',
    wait: 'with rotate-domain-keys: wait until everything is re-wrapped',
  },
  async run(flags: SettingValues, [name = '']: readonly string[], options: OptionValues): Promise<void> {
    const command = commandOf('operator', commands, [name, options])
    const config = loadConfig(flags)
    await command.run(new OperatorClient(config), options, config)
  },
}

async function init(client: OperatorClient, options: OptionValues): Promise<void> {
  const { provider, opensItself } = await client.status()
  const asksPassphrase = provider === 'passphrase' && !opensItself
  const secrets = asksPassphrase ? [await readNewPassphrase('New passphrase')] : []
  const args = { ...quorumOf(options), ...(options['force'] === undefined ? {} : { force: true }) }
  const { status, shares } = await client.init(args, secrets)
  if (shares === undefined) {
    process.stdout.write(`The root key ${status.rootKeyId} is made, and the server is open.\n`)
    return
  }
  printShares(shares, `the root key, ${status.quorum?.threshold ?? shares.length} of which open it`)
  process.stdout.write('The server is sealed. Give it the shares with keyward operator unseal.\n')
}

async function unseal(client: OperatorClient, options: OptionValues): Promise<void> {
  const before = await client.status()
  if (options['reset'] !== undefined) {
    printOpening(await client.unseal([], true))
    return
  }
  if (before.state === 'open') {
    printOpening(before)
    return
  }
  printOpening(await giveSecrets(client, before))
}

/** Gives a passphrase, a share that is typed, or all shares of standard input. */
async function giveSecrets(client: OperatorClient, status: OperatorStatus): Promise<OperatorStatus> {
  const { state, opensItself, provider, shares } = status
  if (opensItself) return await client.unseal([])
  if (state === 'uninitialized')
    throw new OperatorError('There is no root key yet. Make one with keyward operator init.')
  if (provider === 'passphrase') return await client.unseal([await readSecret('Passphrase: ')])
  if (!isInteractive())
    return await giveLines(
      share => client.unseal([share]),
      given => given.state === 'open',
    )
  const number = shares === undefined ? '' : ` ${shares.have + 1} of ${shares.need}`
  return await client.unseal([await readSecret(`Share${number}: `)])
}

function printOpening({ state, shares }: OperatorStatus): void {
  if (state === 'open') process.stdout.write('The server is open.\n')
  else if (shares === undefined) process.stdout.write('The server is sealed.\n')
  else process.stdout.write(`The server is sealed. It has ${shares.have} of ${shares.need} shares.\n`)
}

async function seal(client: OperatorClient): Promise<void> {
  await client.seal()
  process.stdout.write('The server is sealed.\n')
}

async function status(client: OperatorClient, options: OptionValues): Promise<void> {
  const found = await client.status()
  const isJson = options['json'] !== undefined
  process.stdout.write(isJson ? `${JSON.stringify(found, null, 2)}\n` : renderStatus(found))
  // As `vault status` does, so that scripts can wait.
  if (found.state !== 'open') process.exitCode = 2
}

async function changeRootKey(client: OperatorClient, options: OptionValues): Promise<void> {
  const { verify, to, ...others } = options
  if (verify === undefined) return await rekey(client, { to: lastOf(to), quorum: quorumOf(options) })
  if (to !== undefined || Object.keys(others).length > 0)
    throw new OperatorError('--verify confirms the shares that were made before; it stands alone.')
  await confirm(client)
}

async function rotate(client: OperatorClient, options: OptionValues): Promise<void> {
  const { domains } = await client.rotateDomainKeys(lastOf(options['domain']))
  process.stdout.write(
    `New domain keys are in use: ${domains.join(', ')}. The server re-wraps what is under the old ones.\n`,
  )
  if (options['wait'] !== undefined) await waitForRewrap(client)
}

const pollMillis = 1000

/** Shows how far the server is, until nothing is left to re-wrap. The old key of `global` may still wait for its time. */
async function waitForRewrap(client: OperatorClient): Promise<void> {
  const { setTimeout: sleep } = await import('node:timers/promises')
  for (;;) {
    const { rewrap } = await client.status()
    if (rewrap === undefined || rewrap.phase === 'waiting') break
    process.stderr.write(`${rewrap.phase}: ${rewrap.done} of ${rewrap.total}\n`)
    await sleep(pollMillis)
  }
  process.stdout.write('Everything is under the new domain keys.\n')
}

async function auditCredentials(client: OperatorClient): Promise<void> {
  process.stdout.write(client.readAuditCredentials())
}

function quorumOf(options: OptionValues): Readonly<Record<string, Json>> {
  const given = Object.entries({
    shares: lastOf(options['shares']),
    threshold: lastOf(options['threshold']),
  }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  if (given.length === 1) throw new OperatorError('--shares and --threshold go together.')
  return Object.fromEntries(given.map(([name, text]) => [name, wholeNumber(name, text)]))
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text)
  throw new OperatorError(`--${name} is '${text}'; it must be a number.`)
}

const lastOf = (values: readonly string[] | undefined) => values?.at(-1)
