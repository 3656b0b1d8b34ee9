import {
  type AuditVerification,
  auditUsage,
  type Config,
  loadConfig,
  type SettingValues,
  verifyAuditLog,
  verifyTrailBuckets,
} from '../app/index.ts'
import { OperatorError, shownText } from '../std/index.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'

/** The subcommand that checks the audit log. Its exit status is 1 if the log is not what was written, and 2 if that cannot be checked. */
export const audit: Subcommand = {
  summary:
    'audit verify: check that the audit log was not changed, and name the first bad place; audit usage: count calls',
  operands: 1,
  options: {
    from: 'usage: the first day, such as 2026-11-01; that of the log if not given',
    to: 'usage: the last day; that of the log if not given',
    by: 'usage: the columns, of day,account,region,key,operation,tag',
    tag: 'usage: the name of a tag of keys that gets a column; may be repeated',
    tags: 'usage: a JSON file with the tags of keys by their ARNs; the running server is asked if not given',
    directory:
      'a copy of the audit log, for which verify needs --head-key; the log in the data directory if not given',
    'head-key':
      'verify: PEM file of the public keys of heads; audit-heads.pem in the data directory if not given',
    witness: 'heads that a witness has: a file, or a URL, such as that of a keyward witness',
    trails: 'skip: do not compare the buckets of trails with the log',
  },
  async run(flags: SettingValues, [action]: readonly string[], options: OptionValues): Promise<void> {
    if (action === 'verify') await orCannotCheck(() => verify(flags, options))
    else if (action === 'usage') await usage(flags, options)
    else throw new OperatorError('keyward audit needs an action: verify or usage.')
  },
}

/** An audit log that nobody could check is not one that was changed: the exit status is 2. */
async function orCannotCheck(check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    process.stderr.write(`keyward: ${shownText(error.message)}\n`)
    process.exitCode = 2
  }
}

async function usage(flags: SettingValues, options: OptionValues): Promise<void> {
  const { from: [from] = [], to: [to] = [], by: [by] = [], tag: tags = [] } = options
  const { tags: [tagsPath] = [], directory: [directory] = [] } = options
  process.stdout.write(await auditUsage(loadConfig(flags), { from, to, by, tags, tagsPath, directory }))
}

async function verify(flags: SettingValues, options: OptionValues): Promise<void> {
  const {
    directory: [directory] = [],
    'head-key': [headKey] = [],
    witness = [],
    trails: [trails] = [],
  } = options
  if (trails !== undefined && trails !== 'skip')
    throw new OperatorError(`--trails is '${trails}'; it must be skip.`)
  const config = loadConfig(flags)
  const found = await verifyAuditLog(config, { directory, headKey, witnesses: witness })
  process.stdout.write(found.fault === undefined ? describeWhole(found) : `${shownText(found.fault)}.\n`)
  if (found.fault !== undefined) {
    process.stdout.write('The audit log is not whole: this is the first bad place.\n')
    process.exitCode = 1
    return
  }
  // A log that was changed proves nothing about the buckets.
  if (trails !== 'skip') await verifyTrails(config, directory)
}

async function verifyTrails(config: Config, directory: string | undefined): Promise<void> {
  const { faults, unread, logFiles, digests } = await verifyTrailBuckets(config, directory)
  for (const sentence of [...faults, ...unread]) process.stdout.write(`${sentence}\n`)
  if (faults.length > 0) {
    process.stdout.write('The files of trails are not those that were delivered.\n')
    process.exitCode = 1
  } else if (unread.length > 0) {
    process.stdout.write('Files of trails were not checked. `--trails skip` leaves them out.\n')
    process.exitCode = 2
  } else if (logFiles + digests > 0)
    process.stdout.write(`The trails are whole: ${logFiles} log files, ${digests} digests.\n`)
}

function describeWhole(found: AuditVerification): string {
  const { blocks, records, heads, signedUntil, unsignedRecords, unchainedLines, isTorn, witnessed } = found
  const lines = [
    `The audit log is whole: ${records} records, ${blocks} sealed blocks, ${heads} signed heads.`,
    signedUntil === undefined
      ? 'No head is signed, so nothing shows that the log was not made again as a whole.'
      : `The last head is from ${signedUntil}; ${unsignedRecords} records came after the blocks that it signs.`,
    ...(witnessed === 0 ? [] : [`The log has the history of all ${witnessed} heads of witnesses.`]),
    ...(unchainedLines === 0 ? [] : [`${unchainedLines} lines before the first block are not chained.`]),
    ...(isTorn ? ['The last line is half written, as a crash leaves it.'] : []),
  ]
  return `${lines.join('\n')}\n`
}
