import type { SettingValues } from '../app/index.ts'

/** A subcommand: what it does, given the settings from its flags. */
export interface Subcommand {
  readonly summary: string
  /** How many words besides flags it takes at most; none when absent. */
  readonly operands?: number
  /** Flags of its own, each with what it is for; each may be given several times. */
  readonly options?: Readonly<Record<string, string>>
  run(flags: SettingValues, operands: readonly string[], options: OptionValues): Promise<void>
}

/** The values of a subcommand's own flags, in their order. */
export type OptionValues = Readonly<Record<string, readonly string[]>>
