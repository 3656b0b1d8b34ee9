import {
  type LibraryTokens,
  listLibraryTokens,
  loadConfig,
  type SettingValues,
  testHsmToken,
} from '../app/index.ts'
import { OperatorError, shownText } from '../std/index.ts'
import { type OptionValues, type Subcommand, WrongCommand } from './subcommand.ts'

/** A command, and the flags that it takes. */
interface Command {
  readonly flags: readonly string[]
  run(flags: SettingValues, operands: readonly string[], options: OptionValues): Promise<void>
}

const commands: Readonly<Record<string, Command>> = {
  tokens: { flags: ['json'], run: printTokens },
  test: { flags: ['token', 'pin-file'], run: test },
}

const help = `keyward hsm tokens [--json]
keyward hsm test LIBRARY --token LABEL --pin-file PATH`

/** The subcommand for PKCS#11 tokens. */
export const hsm: Subcommand = {
  summary: 'list the tokens of the PKCS#11 libraries (tokens), or try one (test LIBRARY)',
  operands: 2,
  options: {
    token: 'with test: the label of the token',
    'pin-file': 'with test: the file of its user PIN',
  },
  switches: { json: 'with tokens: print JSON' },
  async run(flags, [name = '', ...operands], options): Promise<void> {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command === undefined) throw new WrongCommand('keyward hsm needs a command: tokens or test.', help)
    const stray = Object.keys(options).find(option => !command.flags.includes(option))
    if (stray !== undefined) throw new WrongCommand(`--${stray} does not go with keyward hsm ${name}.`, help)
    await command.run(flags, operands, options)
  },
}

/** Prints the tokens. The exit status is 1 if a library has none that can be listed. */
async function printTokens(
  flags: SettingValues,
  operands: readonly string[],
  options: OptionValues,
): Promise<void> {
  if (operands.length > 0) throw new WrongCommand('keyward hsm tokens takes no arguments.', help)
  const libraries = await listLibraryTokens(loadConfig(flags))
  const text =
    options['json'] === undefined
      ? libraries.flatMap(linesOf).join('')
      : `${JSON.stringify({ libraries }, undefined, 2)}\n`
  process.stdout.write(text)
  if (libraries.some(({ problem }) => problem !== undefined)) process.exitCode = 1
}

function linesOf({ name, library, tokens, problem }: LibraryTokens): string[] {
  const line = (text: string) => `${shownText(text)}\n`
  const head = line(`${name} (${library})`)
  if (problem !== undefined) return [head, line(`  ${problem}`)]
  if (tokens.length === 0) return [head, line('  no tokens')]
  const rows = tokens.flatMap(({ slot, label, manufacturer, model, serial, mechanisms, ...token }) => [
    line(`  slot ${slot}: ${token.isInitialized ? label : 'a token that is not initialized'}`),
    line(`    made by ${manufacturer}, model ${model}, serial ${serial === '' ? 'none' : serial}`),
    line(`    user PIN: ${token.hasUserPin ? token.pin : 'not set'}`),
    line(`    mechanisms: ${mechanisms.join(', ')}`),
  ])
  return [head, ...rows]
}

/** Prints the steps of the self-test. The exit status is 1 if one failed. */
async function test(
  flags: SettingValues,
  [library]: readonly string[],
  options: OptionValues,
): Promise<void> {
  const [token, pinFile] = [options['token']?.at(-1), options['pin-file']?.at(-1)]
  if (library === undefined || token === undefined || pinFile === undefined)
    throw new WrongCommand('keyward hsm test needs a LIBRARY, --token and --pin-file.', help)
  let failed = 0
  for await (const { name, outcome, detail } of testHsmToken(loadConfig(flags), {
    library,
    token,
    pinFile,
  })) {
    if (outcome === 'failed') failed++
    const why = detail === undefined ? '' : `: ${detail}`
    process.stdout.write(`${outcome.padEnd(8)} ${shownText(`${name}${why}`)}\n`)
  }
  if (failed > 0) throw new OperatorError(`The token ${token} does not work as Keyward needs it.`)
}
