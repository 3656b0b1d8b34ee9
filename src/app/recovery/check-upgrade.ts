import { statfsSync, statSync } from 'node:fs'
import { isThere, OperatorError } from '../../std/index.ts'
import {
  describeMigration,
  inspectDatabase,
  isDirectoryLocked,
  lacksMacs,
  newerVersionText,
  refuseDamaged,
} from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { refuseLostDatabase } from '../parts/first-start.ts'
import { type Rehearsal, rehearseUpgrade } from './rehearse-upgrade.ts'

/** The space that an upgrade needs on the disk of the data directory, in bytes. */
export interface UpgradeSpace {
  readonly freeBytes: number
  /** A start needs at most this. */
  readonly neededBytes: number
  /** The copy and its upgrade need at most this. */
  readonly rehearsalBytes: number
}

/** The changes that a start of this version would make to the format of a data directory. */
export type UpgradeCheck =
  /** `format` is the last migration of the database; undefined without a database. */
  | { readonly outcome: 'nothing'; readonly format: string | undefined }
  /** `problem` has the sentences about a database that a newer version wrote. */
  | { readonly outcome: 'newer'; readonly problem: string }
  | {
      readonly outcome: 'works' | 'fails'
      readonly format: string | undefined
      /** The migrations in order, each with a text about what it does. */
      readonly migrations: readonly { readonly name: string; readonly about: string }[]
      /** Whether the start makes the MACs of all rows. */
      readonly makesMacs: boolean
      readonly space: UpgradeSpace
      /** Absent if there is not enough space. */
      readonly rehearsal: Rehearsal | undefined
    }

/** Checks an upgrade. Throws OperatorError if the directory cannot be read, or if a start would refuse it as it is. */
export async function checkUpgrade(config: Config): Promise<UpgradeCheck> {
  const directory = new DataDirectory(config.dataDirectory)
  if (!isThere(directory.path)) throw new OperatorError(`There is no data directory ${directory.path}.`)
  refuseLostDatabase(directory)
  if (!directory.hasDatabase()) return { outcome: 'nothing', format: undefined }
  const isRunning = isDirectoryLocked(directory.path)
  const { applied, missing, newer } = inspectDatabase(directory.database)
  if (newer !== undefined) return { outcome: 'newer', problem: newerVersionText(newer) }
  const makesMacs = lacksMacs(directory.database)
  const format = applied.at(-1)
  if (missing.length === 0 && !makesMacs) {
    refuseDamaged(directory.database)
    return { outcome: 'nothing', format }
  }
  const space = measureSpace(directory)
  const rehearsal =
    space.freeBytes < space.rehearsalBytes ? undefined : await rehearseUpgrade(config, directory, isRunning)
  return {
    outcome: rehearsal?.fault === undefined && rehearsal !== undefined ? 'works' : 'fails',
    ...{ format, makesMacs, space, rehearsal },
    migrations: missing.map(name => ({ name, about: describeMigration(name) })),
  }
}

/** The log of changes of an upgrade is at most as large as the database, which may grow by as much. */
function measureSpace(directory: DataDirectory): UpgradeSpace {
  const { bsize, bavail } = statfsSync(directory.path)
  const sizeBytes = sizeOf(directory.database) + sizeOf(`${directory.database}-wal`)
  return { freeBytes: bavail * bsize, neededBytes: 2 * sizeBytes, rehearsalBytes: 3 * sizeBytes }
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
