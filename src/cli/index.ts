import { parseArgs } from 'node:util'
import { type SettingName, type SettingValues, settings, version } from '../app/index.ts'
import { OperatorError, shownText } from '../std/index.ts'
import { acceptRestore } from './accept-restore.ts'
import { audit } from './audit.ts'
import { backup } from './backup.ts'
import { clock } from './clock.ts'
import { doctor } from './doctor.ts'
import { env } from './env.ts'
import { hsm } from './hsm.ts'
import { operator, operatorCommandNames } from './operator.ts'
import { policy } from './policy.ts'
import { restore } from './restore.ts'
import { start } from './start.ts'
import { flagHelp, type OptionValues, type Subcommand, WrongCommand } from './subcommand.ts'
import { upgrade } from './upgrade.ts'
import { verify } from './verify.ts'

const subcommands: Readonly<Record<string, Subcommand>> = {
  start,
  env,
  clock,
  policy,
  verify,
  audit,
  doctor,
  backup,
  restore,
  upgrade,
  operator,
  hsm,
  'accept-restore': acceptRestore,
}

/** Runs the command. Prints a mistake of the operator as one line, and sets exit status 1. */
export async function main(args: readonly string[]): Promise<void> {
  const [name = 'help', ...rest] = args
  process.stdout.on('error', error => endWithReader(name, error))
  try {
    if (['help', '--help', '-h'].includes(name) || rest.includes('--help') || rest.includes('-h')) {
      process.stdout.write(usage())
      return
    }
    if (name === '--version') {
      process.stdout.write(`${version()}\n`)
      return
    }
    const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
    if (subcommand === undefined) throw new OperatorError(describeUnknown(name))
    const { flags, operands, options } = parseArguments(rest, subcommand)
    await subcommand.run(flags, operands, options)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    const help = error instanceof WrongCommand ? `${error.help}\n` : ''
    // A message can have texts of files, databases and servers.
    process.stderr.write(`keyward: ${shownText(error.message)}\n${help}`)
    process.exitCode = 1
  }
}

function describeUnknown(name: string): string {
  const help = operatorCommandNames.includes(name)
    ? `Did you mean keyward operator ${name}?`
    : 'keyward help lists the subcommands.'
  return `keyward has no subcommand ${name}. ${help}`
}

/** The status of a process that SIGPIPE ends, which Node ignores. */
const brokenPipe = 141

/** Ends a command whose reader has enough, as that of `keyward doctor | head` has. A server goes on without its reader. */
function endWithReader(name: string, error: Error): void {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  if (name !== 'start') process.exit(brokenPipe)
}

function parseArguments(
  args: readonly string[],
  { operands: operandsMax = 0, options: own = {}, switches = {} }: Subcommand,
): { flags: SettingValues; operands: readonly string[]; options: OptionValues } {
  const flagOptions = Object.keys(settings).map(name => [name, { type: 'string' } as const])
  const ownOptions = Object.keys(own).map(name => [name, { type: 'string', multiple: true } as const])
  const switchOptions = Object.keys(switches).map(name => [name, { type: 'boolean' } as const])
  const options = Object.fromEntries([...flagOptions, ...ownOptions, ...switchOptions])
  try {
    const allowPositionals = operandsMax > 0
    const { values, positionals } = parseArgs({
      args: args.map(expandSwitch),
      options,
      strict: true,
      allowPositionals,
    })
    const [stray] = positionals.slice(operandsMax)
    if (stray !== undefined) throw new Error(`Unexpected argument '${stray}'`)
    const given = Object.entries(values)
    const isOwn = ([name]: readonly [string, unknown]) =>
      Object.hasOwn(own, name) || Object.hasOwn(switches, name)
    return {
      flags: Object.fromEntries(
        given.filter(entry => !isOwn(entry)).map(([name, value]) => [name, String(value)]),
      ),
      operands: positionals,
      options: Object.fromEntries(
        given.filter(isOwn).map(([name, value]) => [name, value === true ? [] : value]),
      ) as OptionValues,
    }
  } catch (error) {
    throw new WrongCommand((error as Error).message, flagHelp)
  }
}

/** A flag of a setting that is true or false may stand alone, which means true. */
function expandSwitch(arg: string, index: number, args: readonly string[]): string {
  const name = arg.slice(2)
  const setting = Object.hasOwn(settings, name) ? settings[name as SettingName] : undefined
  const isAlone = args[index + 1]?.startsWith('-') !== false
  return arg.startsWith('--') && setting?.fallback === 'false' && isAlone ? `${arg}=true` : arg
}

function usage(): string {
  const commands = Object.entries(subcommands).flatMap(([name, { summary, options = {}, switches = {} }]) => [
    `  ${name.padEnd(26)}${summary}`,
    ...Object.entries({ ...options, ...switches }).map(
      ([option, help]) => `    --${option.padEnd(22)}${help}`,
    ),
  ])
  const flags = (Object.keys(settings) as SettingName[]).map(name => {
    const { env: variable, fallback, help } = settings[name]
    return `  --${name.padEnd(24)}${help} (${variable}${fallback === undefined ? '' : `, ${fallback}`})`
  })
  return [
    'Usage: keyward SUBCOMMAND [FLAGS]',
    '',
    ...commands,
    '',
    'Flags, each with its environment variable and its default:',
    ...flags,
    '',
  ].join('\n')
}
