import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type SettingName, type SettingValues, settings } from '../app/index.ts'
import { OperatorError } from '../std/index.ts'
import { env } from './env.ts'
import { start } from './start.ts'

/** A subcommand: what it does, given the settings from its flags. */
export interface Subcommand {
  readonly summary: string
  run(flags: SettingValues): Promise<void>
}

const subcommands: Readonly<Record<string, Subcommand>> = { start, env }

/** Runs the command. A mistake of the operator is told in a line, with exit status 1. */
export async function main(args: readonly string[]): Promise<void> {
  const [name = 'help', ...rest] = args
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
    if (subcommand === undefined) throw new OperatorError(`keyward has no subcommand ${name}.\n\n${usage()}`)
    await subcommand.run(parseFlags(rest))
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    process.stderr.write(`keyward: ${error.message}\n`)
    process.exitCode = 1
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function parseFlags(args: readonly string[]): SettingValues {
  const options = Object.fromEntries(
    Object.keys(settings).map(name => [
      name,
      { type: name === 'insecure-no-auth' ? 'boolean' : 'string' } as const,
    ]),
  )
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false })
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
  } catch (error) {
    throw new OperatorError(`${(error as Error).message}\n\n${usage()}`)
  }
}

function usage(): string {
  const commands = Object.entries(subcommands).map(([name, { summary }]) => `  ${name.padEnd(22)}${summary}`)
  const flags = (Object.keys(settings) as SettingName[]).map(name => {
    const { env: variable, fallback, help } = settings[name]
    return `  --${name.padEnd(20)}${help} (${variable}${fallback === undefined ? '' : `, ${fallback}`})`
  })
  return [
    'Usage: keyward SUBCOMMAND [FLAGS]',
    '',
    ...commands,
    '',
    'Flags, each also an environment variable:',
    ...flags,
    '',
  ].join('\n')
}
