import { checkUpgrade, loadConfig, type SettingValues, type UpgradeCheck } from '../app/index.ts'
import { OperatorError, shownText } from '../std/index.ts'
import { mebibytes } from './progress.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'

const statusOf = { nothing: 0, works: 0, fails: 1, newer: 2 } as const

/**
 * The subcommand that says what a start of this version would do to the data directory. Its exit status is 0 if a start works, 1
 * if it does not, and 2 if a newer version wrote the directory.
 */
export const upgrade: Subcommand = {
  summary:
    'upgrade --check: say what the next start changes in the data directory, and try it on a copy; the exit status is 0, 1 if it will not work, 2 if the directory is of a newer version',
  switches: { check: 'upgrade: check, and change nothing' },
  async run(flags: SettingValues, _operands: readonly string[], options: OptionValues): Promise<void> {
    if (options['check'] === undefined)
      throw new OperatorError(
        'A start of the server upgrades its data directory. Run keyward upgrade --check to see what the next start changes, and whether it will work.',
      )
    const config = loadConfig(flags)
    const check = await checkUpgrade(config)
    process.stdout.write(`${describe(check, config.dataDirectory).map(shownText).join('\n')}\n`)
    process.exitCode = statusOf[check.outcome]
  },
}

function describe(check: UpgradeCheck, directory: string): string[] {
  if (check.outcome === 'newer') return [check.problem]
  if (check.outcome === 'nothing')
    return [
      check.format === undefined
        ? `There is no database in ${directory} yet, so there is nothing to upgrade.`
        : `The data directory ${directory} has the format of this version, ${check.format}. There is nothing to upgrade.`,
    ]
  const { format, migrations, makesMacs, space } = check
  return [
    `The data directory ${directory} has the format ${format ?? 'of no version'}. The next start of this version changes it:`,
    ...migrations.map(({ name, about }) => `  ${name.padEnd(24)}${about}`),
    ...(makesMacs ? ['The next start with the root key makes the MACs of all rows.'] : []),
    `Space: the start needs up to ${mebibytes(space.neededBytes)} MiB, and ${mebibytes(space.freeBytes)} MiB are free.`,
    ...describeRehearsal(check),
  ]
}

function describeRehearsal({
  rehearsal,
  space,
  makesMacs,
}: UpgradeCheck & { outcome: 'works' | 'fails' }): string[] {
  if (rehearsal === undefined)
    return [
      `The upgrade was not tried: a copy with its upgrade needs up to ${mebibytes(space.rehearsalBytes)} MiB. Make room, and run this command again.`,
    ]
  const { fault, hasCheckedRows, unchecked } = rehearsal
  if (fault !== undefined) return ['The upgrade was tried on a copy, and will not work:', fault]
  return [
    'The migrations were tried on a copy, and its tables are right.',
    ...(hasCheckedRows
      ? [`The root key opened the copy${makesMacs ? ', and the MACs were made' : ''}.`]
      : []),
    ...(unchecked === undefined
      ? ['The upgrade will work.']
      : [
          `The rows were not ${makesMacs ? 'given MACs' : 'opened'}: ${unchecked}`,
          'As far as it can be tried without the root key, the upgrade will work.',
        ]),
    'Take a backup first: an older version cannot open the data directory afterwards.',
  ]
}
