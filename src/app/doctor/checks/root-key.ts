import { existsSync, realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { type Finding, fault, ok, problemFound, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** Checks that the root key is there, opens the database, and is kept apart from it. */
export async function checkRootKey(subject: Subject): Promise<readonly Finding[]> {
  const { directory } = subject
  if (!directory.hasDatabase()) return [ok('No database needs a root key yet.')]
  const database = await subject.database()
  if ('problem' in database) return [ok('The database cannot be read, so its root key was not tried.')]
  const rootKey = await subject.rootKey()
  if ('problem' in rootKey) return [problemFound(rootKey)]
  const { provider } = rootKey.value
  const findings = [
    await judgeOpening(subject, provider.opensItself, provider.description),
    ...(await judgeSeal(subject)),
    ...provider.filePaths.flatMap(path => judgePlace(path, directory.path)),
    ...(provider.kind === 'file' ? [] : judgeCredentials(directory.credentials)),
  ]
  return findings
}

async function judgeOpening(subject: Subject, opensItself: boolean, description: string): Promise<Finding> {
  const database = await subject.database()
  if ('problem' in database) return ok('The database cannot be read, so its root key was not tried.')
  const { missingMigrations, newerMigration } = database.value
  if (missingMigrations.length > 0 || newerMigration !== undefined)
    return ok('The database has the format of a different version, so its root key was not tried.')
  if (!opensItself) return ok(`The root key needs ${description}, so it was not tried.`)
  const keys = await subject.keys()
  return 'value' in keys ? ok('The root key opens the database.') : problemFound(keys)
}

/** A server that is sealed answers no calls. */
async function judgeSeal(subject: Subject): Promise<readonly Finding[]> {
  const status = subject.isRunning ? await subject.status() : undefined
  // A server that does not answer is the finding of the ports.
  if (status === undefined || 'problem' in status || status.value.state === 'open') return []
  if (status.value.state === 'uninitialized')
    return [fault('The server has no root key yet, and answers no calls.', 'Run keyward operator init.')]
  const { shares, problem } = status.value
  const so = shares === undefined ? '' : ` It has ${shares.have} of ${shares.need} shares.`
  return [
    fault(
      `The server is sealed, and answers no calls.${so}${problem === undefined ? '' : ` ${problem}`}`,
      'Run keyward operator unseal.',
    ),
  ]
}

function judgePlace(path: string, directory: string): readonly Finding[] {
  // A change of the root key follows symbolic links.
  const next = `${existsSync(path) ? realpathSync(path) : path}.next`
  const left = existsSync(next)
    ? [
        warn(
          `The file ${next} is left from a change of the root key that was interrupted.`,
          'Start the server: it completes the change, or removes a file in its data directory that no commit needs. A file that stays may be the root key of a different database.',
        ),
      ]
    : []
  if (!isBelow(path, directory)) return left
  return [
    warn(
      `The root key ${path} is beside the data, so a copy of the data directory opens every key.`,
      'Move it to a different place, and name that with KEYWARD_ROOT_KEY.',
    ),
    ...left,
  ]
}

/** The access key of the administrator can do everything that the root key protects, while the server is open. */
function judgeCredentials(path: string): readonly Finding[] {
  if (!existsSync(path)) return []
  return [
    warn(
      `The access key of the administrator is still in ${path}, beside the data.`,
      'Move the file to the machine of the administrator.',
    ),
  ]
}

function isBelow(path: string, directory: string): boolean {
  if (!existsSync(path) || !existsSync(directory)) return false
  return realpathSync(path).startsWith(realpathSync(directory) + sep)
}
