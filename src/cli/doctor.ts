import {
  type CheckedFinding,
  checkNames,
  examineInstallation,
  loadConfig,
  type SettingValues,
  worstOf,
} from '../app/index.ts'
import { OperatorError, shownText } from '../std/index.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'

/** The exit status of each level, as plugins of Nagios have it. */
const statusOf = { ok: 0, warn: 1, fault: 2 } as const
const checkWidth = Math.max(...checkNames.map(({ length }) => length))
const shown = { ok: 'ok   ', warn: 'warn ', fault: 'FAULT' } as const

/** The subcommand that says what is wrong with an installation. Its exit status is 0, 1 for warnings, 2 for faults. */
export const doctor: Subcommand = {
  summary:
    'say what is wrong with this installation and what to do; the exit status is 0, 1 for warnings, 2 for faults',
  options: { skip: `a check to leave out, of ${checkNames.join(', ')}; may be repeated` },
  switches: { json: 'print JSON' },
  async run(flags: SettingValues, _operands: readonly string[], options: OptionValues): Promise<void> {
    const findings: CheckedFinding[] = []
    for await (const finding of examineOrExplain(flags, new Set(options['skip'] ?? []))) {
      findings.push(finding)
      if (options['json'] === undefined) process.stdout.write(lineOf(finding))
    }
    const level = worstOf(findings)
    if (options['json'] !== undefined)
      process.stdout.write(`${JSON.stringify({ level, findings }, undefined, 2)}\n`)
    process.exitCode = statusOf[level]
  },
}

/** Settings that a server could not start with are the first fault that an installation can have. */
async function* examineOrExplain(
  flags: SettingValues,
  skipped: ReadonlySet<string>,
): AsyncGenerator<CheckedFinding> {
  try {
    const unknown = [...skipped].find(name => !checkNames.some(known => known === name))
    if (unknown !== undefined)
      throw new OperatorError(`--skip is '${unknown}'; it must be one of ${checkNames.join(', ')}.`)
    yield* examineInstallation(loadConfig(flags), skipped)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    yield { check: 'settings', level: 'fault', finding: error.message, remedy: 'Correct the settings.' }
  }
}

function lineOf({ check, level, finding, remedy }: CheckedFinding): string {
  const text = `${finding}${remedy === undefined ? '' : ` ${remedy}`}`
  return `${shown[level]} ${check.padEnd(checkWidth)} ${shownText(text)}\n`
}
