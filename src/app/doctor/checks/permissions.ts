import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { listOwnKeys } from '../../../tls/index.ts'
import { xksProxySecretPaths } from '../../config/xks-proxy-settings.ts'
import { whoElse } from '../../parts/data-directory.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** The files of a data directory that nobody but its owner may read or write. SQLite's others have the mode of the database. */
const privateNames = ['keyward.db', 'root.key', 'credentials', 'audit-credentials', 'operator.sock']

/** Checks who can reach the data directory, the database and the keys. */
export async function checkPermissions(subject: Subject): Promise<readonly Finding[]> {
  const { directory, config } = subject
  if (!existsSync(directory.path)) return [ok('There is no data directory yet.')]
  const rootKey = await subject.rootKey()
  const rootKeyPaths = 'value' in rootKey ? rootKey.value.provider.filePaths : []
  const paths = [
    directory.path,
    ...privateNames.map(name => join(directory.path, name)),
    ...listOwnKeys(directory.tls).map(name => join(directory.tls, name)),
    ...rootKeyPaths,
    ...(config.certificatePaths === undefined ? [] : [config.certificatePaths.key]),
    ...xksProxySecretPaths(config.xksProxy, config.given.config),
    ...[...config.hsmClusters.values()].flatMap(({ soPinPath }) => soPinPath ?? []),
  ]
  const found = [
    ...[...new Set(paths)].flatMap(judgeMode),
    ...rootKeyPaths.flatMap(judgeParents),
    ...judgeParents(directory.path),
    ...judgeOwners(directory.path),
  ]
  return found.length > 0
    ? found
    : [ok('Only their owner can reach the data directory, the database and the keys.')]
}

const [othersWrite, sticky] = [0o002, 0o1000]

function judgeMode(path: string): readonly Finding[] {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return []
  const remedy = `Run: chmod ${stats.isDirectory() ? '700' : '600'} ${path}`
  const others = whoElse(path, stats.mode)
  if (others === 'all') return [fault(`All users of this machine can access ${path}.`, remedy)]
  return others === undefined ? [] : [warn(`The group of ${path} can access it.`, remedy)]
}

/** A user who can write to a directory can replace what is in it, unless the directory is sticky. */
function judgeParents(path: string): readonly Finding[] {
  const found: Finding[] = []
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    const mode = statSync(parent, { throwIfNoEntry: false })?.mode ?? 0
    if ((mode & othersWrite) !== 0 && (mode & sticky) === 0)
      found.push(
        fault(
          `All users of this machine can replace ${path}: ${parent} is writable.`,
          `Run: chmod o-w ${parent}`,
        ),
      )
    if (parent === dirname(parent)) return found
  }
}

/** A command that ran as a different user, such as root, may have left files that the server cannot open. */
function judgeOwners(path: string): readonly Finding[] {
  const { uid } = statSync(path)
  const foreign = readdirSync(path).filter(
    name => (statSync(join(path, name), { throwIfNoEntry: false })?.uid ?? uid) !== uid,
  )
  if (foreign.length === 0) return []
  return [
    fault(
      `Files of ${path} belong to a different user than the directory: ${foreign.sort().join(', ')}.`,
      `Run: chown -R --reference=${path} ${path}`,
    ),
  ]
}
