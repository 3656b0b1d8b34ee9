import {
  type LibraryTokens,
  listLibraryTokens,
  loadConfig,
  type SettingValues,
  testHsmToken,
} from '../app/index.ts'
import { OperatorError, shownText } from '../std/index.ts'
import { audit, auditForms } from './hsm-audit.ts'
import { withPin } from './hsm-pin.ts'
import { commandOf, type OptionValues, type Subcommand, WrongCommand } from './subcommand.ts'

/** A command, and the flags that it takes. */
interface Command {
  readonly flags: readonly string[]
  run(flags: SettingValues, operands: readonly string[], options: OptionValues): Promise<void>
}

const commands: Readonly<Record<string, Command>> = {
  tokens: { flags: ['json'], run: printTokens },
  test: { flags: ['token', 'pin-file'], run: test },
  audit: { flags: ['library', 'token', 'cluster', 'pin-file', 'json'], run: audit },
}

const help = `keyward hsm tokens [--json]
keyward hsm test LIBRARY --token LABEL [--pin-file PATH]
${auditForms}`

/** The subcommand for PKCS#11 tokens. */
export const hsm: Subcommand = {
  summary:
    'list the tokens of the PKCS#11 libraries (tokens), try one (test LIBRARY), or list and judge the keys of tokens (audit)',
  operands: 2,
  options: {
    token: 'with test and audit: the label of the token',
    'pin-file': 'with test and audit: the file of its user PIN, which is asked for if not given',
    library: 'with audit: the library of the token',
    cluster: 'with audit: the id of a cluster, all of whose tokens have one PIN',
  },
  switches: { json: 'with tokens and audit: print JSON' },
  async run(flags, [name = '', ...operands], options): Promise<void> {
    await commandOf('hsm', commands, [name, options], help).run(flags, operands, options)
  },
}

/** Prints the tokens. The exit status is 1 if a library or a token does not answer as it must. */
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
  const isBroken = ({ problem, tokens }: LibraryTokens) =>
    problem !== undefined || tokens.some(token => 'problem' in token)
  if (libraries.some(isBroken)) process.exitCode = 1
}

const line = (text: string) => `${shownText(text)}\n`

function linesOf({ name, library, tokens, problem }: LibraryTokens): string[] {
  const head = line(`${name} (${library})`)
  if (problem !== undefined) return [head, line(`  ${problem}`)]
  return tokens.length === 0 ? [head, line('  no tokens')] : [head, ...tokens.flatMap(linesOfToken)]
}

function linesOfToken(token: LibraryTokens['tokens'][number]): string[] {
  if ('problem' in token) return [line(`  slot ${token.slot}: the token does not answer: ${token.problem}`)]
  const { slot, label, manufacturer, model, serial, mechanisms, isInitialized, hasUserPin, pin } = token
  return [
    line(`  slot ${slot}: ${isInitialized ? label : 'a token that is not initialized'}`),
    line(`    made by ${manufacturer}, model ${model}, serial ${serial === '' ? 'none' : serial}`),
    line(`    user PIN: ${hasUserPin ? pin : 'not set'}`),
    line(`    mechanisms: ${mechanisms.join(', ')}`),
  ]
}

/** Prints the steps of the self-test. The exit status is 1 if one failed. */
async function test(
  flags: SettingValues,
  [library]: readonly string[],
  options: OptionValues,
): Promise<void> {
  const [token, pinFile] = [options['token']?.at(-1), options['pin-file']?.at(-1)]
  if (library === undefined || token === undefined)
    throw new WrongCommand('keyward hsm test needs a LIBRARY and --token.', help)
  const config = loadConfig(flags)
  const failed = await withPin(`the token ${token}`, pinFile, async pin => {
    let count = 0
    for await (const { name, outcome, detail } of testHsmToken(config, { library, token, pin })) {
      if (outcome === 'failed') count++
      const why = detail === undefined ? '' : `: ${detail}`
      process.stdout.write(line(`${outcome.padEnd(8)} ${name}${why}`))
    }
    return count
  })
  if (failed > 0) throw new OperatorError(`The token ${token} does not work as Keyward needs it.`)
}
