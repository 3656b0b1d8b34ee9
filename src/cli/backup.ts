import { resolve } from 'node:path'
import {
  loadConfig,
  makeBackup,
  type SettingValues,
  type VerifiedBackup,
  verifyBackup,
} from '../app/index.ts'
import { monotonicMillis, OperatorError, shownText } from '../std/index.ts'
import { mebibytes, showProgress, speed } from './progress.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'

/** The subcommand that makes a backup, or checks one. The exit status of a check is 1 for a bad backup, 2 if it cannot be checked, and 3 if its rows were not checked. */
export const backup: Subcommand = {
  summary:
    'backup FILE --recipient AGE: back up a running or stopped server to a file or s3://BUCKET/KEY; backup verify FILE --identity FILE: check a backup; the exit status is 0, 1 if it is not whole, 2 if it cannot be checked, 3 if its rows were not checked for want of the root key',
  operands: 2,
  options: {
    recipient: 'public key of age-keygen that the backup is encrypted to, such as age1…; may be repeated',
    identity: 'verify: file of age-keygen whose identity opens the backup; may be repeated',
  },
  switches: { force: 'replace the file or the object if it exists' },
  async run(flags: SettingValues, operands: readonly string[], options: OptionValues): Promise<void> {
    const [first, second] = operands
    if (first === 'verify' && second === undefined)
      throw new OperatorError('keyward backup verify needs the FILE of a backup.')
    if (first === 'verify' && second !== undefined) await verify(flags, second, options)
    else if (first !== undefined && second === undefined) await make(flags, first, options)
    else throw new OperatorError('keyward backup needs a FILE, or verify and a FILE.')
  },
}

async function make(flags: SettingValues, given: string, options: OptionValues): Promise<void> {
  // npm runs the command in the directory of its package, so a relative path may not mean what it seems to.
  const path = given === '' || given.startsWith('s3:') ? given : resolve(given)
  const startedAt = monotonicMillis()
  const { sizeBytes, manifest } = await makeBackup(loadConfig(flags), {
    ...{ path, recipients: options['recipient'] ?? [], replaces: options['force'] !== undefined },
    progress: showProgress('Backup'),
  })
  const files = manifest.entries.reduce((sum, entry) => sum + entry.sizeBytes, 0)
  process.stderr.write(`Backup: ${mebibytes(files)} MiB, ${speed(files, monotonicMillis() - startedAt)}\n`)
  process.stdout.write(
    `The backup ${path} is complete: ${manifest.entries.length} files of ${manifest.madeAt}, ${sizeBytes} bytes.\nIt does not have the root key (${manifest.rootKey.kind}), without which it opens nothing.\n`,
  )
}

async function verify(flags: SettingValues, path: string, options: OptionValues): Promise<void> {
  try {
    const verified = await verifyBackup(loadConfig(flags), {
      ...{ path, identityPaths: options['identity'] ?? [] },
      progress: showProgress('Verification'),
    })
    process.stdout.write(describe(path, verified))
    if (verified.faults.length > 0) process.exitCode = 1
    // A script must not take a backup whose rows nobody checked for one that is known to be whole.
    else if (verified.checked === undefined) process.exitCode = 3
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    process.stderr.write(`keyward: ${shownText(error.message)}\n`)
    // A backup that nobody could check is not a damaged one.
    process.exitCode = 2
  }
}

function describe(
  path: string,
  { faults, madeAt, records, heads, checked, unchecked }: VerifiedBackup,
): string {
  if (faults.length > 0)
    return `${faults.map(fault => `${shownText(fault)}.\n`).join('')}The backup ${path} is not whole.\n`
  const found = `${records} records, ${heads} signed heads`
  return checked === undefined
    ? `The backup ${path} of ${madeAt} is whole as a file: ${found}.\nThe rows of its database were not checked, so nothing shows whose backup it is: ${shownText(unchecked ?? '')}\n`
    : `The backup ${path} of ${madeAt} is whole: ${found}, ${checked.entities} entities that verify, ${checked.samples} samples that decrypt.\n`
}
