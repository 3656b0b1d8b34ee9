import type { SettingValues } from '../app/index.ts'
import { OperatorError } from '../std/index.ts'

/** A subcommand: its help texts, and the function that runs it with the settings from its flags. */
export interface Subcommand {
  readonly summary: string
  /** How many arguments besides flags it takes at most; none if absent. */
  readonly operands?: number
  /** Its own flags with their help texts; each flag may be repeated. */
  readonly options?: Readonly<Record<string, string>>
  /** Its own flags without a value, with their help texts. */
  readonly switches?: Readonly<Record<string, string>>
  run(flags: SettingValues, operands: readonly string[], options: OptionValues): Promise<void>
}

/** A command line that means nothing. `help` is shown below the message, with lines of its own. */
export class WrongCommand extends OperatorError {
  readonly help: string

  constructor(message: string, help: string) {
    super(message)
    this.help = help
  }
}

/** The values of a subcommand's own flags, in the order given. A switch that is given has no values. */
export type OptionValues = Readonly<Record<string, readonly string[]>>

/** The text below a message about a flag that does not fit. */
export const flagHelp = 'keyward help lists the subcommands and flags.'

/** Returns the command of a subcommand. Throws WrongCommand for an unknown name, and for a flag that the command does not take. */
export function commandOf<C extends { readonly flags: readonly string[] }>(
  subcommand: string,
  commands: Readonly<Record<string, C>>,
  [name, options]: readonly [name: string, options: OptionValues],
  help: string = flagHelp,
): C {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  const listed = Object.keys(commands).join(', ')
  if (command === undefined) throw new WrongCommand(`keyward ${subcommand} needs a command: ${listed}.`, help)
  const stray = Object.keys(options).find(option => !command.flags.includes(option))
  if (stray === undefined) return command
  throw new WrongCommand(`--${stray} does not go with keyward ${subcommand} ${name}.`, help)
}
