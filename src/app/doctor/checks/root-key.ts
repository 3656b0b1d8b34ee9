import { existsSync, realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** Checks that the root key is there, opens the database, and is kept apart from it. */
export async function checkRootKey(subject: Subject): Promise<readonly Finding[]> {
  const { directory, rootKeyPath } = subject
  if (!directory.hasDatabase()) return [ok('No database needs a root key yet.')]
  const beside =
    rootKeyPath !== undefined && isBelow(rootKeyPath, directory.path)
      ? [
          warn(
            `The root key ${rootKeyPath} is beside the data, so a copy of the data directory opens every key.`,
            'Move it to a different place, and name that with KEYWARD_ROOT_KEY.',
          ),
        ]
      : []
  return [await judgeOpening(subject), ...beside]
}

async function judgeOpening(subject: Subject): Promise<Finding> {
  const database = await subject.database()
  if ('problem' in database) return ok('The database cannot be read, so its root key was not tried.')
  const { missingMigrations, unknownMigrations } = database.value
  if (missingMigrations.length + unknownMigrations.length > 0)
    return ok('The database has the format of a different version, so its root key was not tried.')
  const keys = await subject.keys()
  return 'value' in keys
    ? ok('The root key opens the database.')
    : fault(keys.problem, 'Put the right root key back, or name its place with KEYWARD_ROOT_KEY.')
}

function isBelow(path: string, directory: string): boolean {
  if (!existsSync(path) || !existsSync(directory)) return false
  return realpathSync(path).startsWith(realpathSync(directory) + sep)
}
