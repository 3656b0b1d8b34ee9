import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

const [mebibyte, gibibyte] = [2 ** 20, 2 ** 30]
/** The type of tmpfs (Linux, include/uapi/linux/magic.h). */
const tmpfsType = 0x01021994

/** The facts of a file system, as statfs(2) gives them. */
export interface DiskFacts {
  readonly sizeBytes: number
  readonly freeBytes: number
  /** 0 for a file system without a fixed number of files. */
  readonly files: number
  readonly freeFiles: number
  readonly isInMemory: boolean
}

/** Checks the disk of the data directory. */
export function checkDisk({ directory: { path }, config }: Subject): readonly Finding[] {
  if (!existsSync(path)) return [ok('There is no data directory yet.')]
  const { bsize, blocks, bavail, files, ffree, type } = statfsSync(path)
  const unwritable = findUnwritable(path)
  return [
    ...(unwritable === undefined ? [] : [unwritable]),
    ...judgeDisk(
      {
        sizeBytes: blocks * bsize,
        freeBytes: bavail * bsize,
        files,
        freeFiles: ffree,
        isInMemory: process.platform === 'linux' && type === tmpfsType,
      },
      config.audit.reserveBytes,
    ),
  ]
}

/** `reserveBytes` is the free space below which refusals are recorded no more. */
export function judgeDisk(facts: DiskFacts, reserveBytes: number): readonly Finding[] {
  const { sizeBytes, freeBytes, files, freeFiles, isInMemory } = facts
  const percent = Math.floor((freeBytes / Math.max(sizeBytes, 1)) * 100)
  const found = `${sizeText(freeBytes)} of the disk are free (${percent} %).`
  const remedy =
    'Make room: a full disk stops every call. See the retention of the audit log, or take a larger disk.'
  const findings: Finding[] = []
  // A part of a large disk is much, so a percentage counts for a small rest alone.
  if (freeBytes < Math.max(64 * mebibyte, reserveBytes) || (percent < 5 && freeBytes < 5 * gibibyte))
    findings.push(fault(found, remedy))
  else if (percent < 15 && freeBytes < 20 * gibibyte) findings.push(warn(found, remedy))
  const filesPercent = files === 0 ? 100 : Math.floor((freeFiles / files) * 100)
  if (filesPercent < 5)
    findings.push(
      (filesPercent < 1 ? fault : warn)(
        `The disk has room for ${freeFiles} more files (${filesPercent} % of its inodes).`,
        'Delete files that nobody needs: without inodes no audit log file can begin.',
      ),
    )
  if (isInMemory)
    findings.push(
      warn(
        'The data directory is in memory (tmpfs): a restart of the machine deletes all keys.',
        'Use a disk.',
      ),
    )
  return findings.length > 0 ? findings : [ok(found)]
}

function findUnwritable(path: string): Finding | undefined {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'EROFS'
      ? fault(
          `The disk of ${path} is mounted read-only.`,
          'Look for errors of the disk in the log of the system.',
        )
      : fault(`${path} cannot be written: ${message}.`, 'Run this command as the user of the server.')
  }
}

function sizeText(bytes: number): string {
  return bytes < gibibyte ? `${Math.floor(bytes / mebibyte)} MiB` : `${Math.floor(bytes / gibibyte)} GiB`
}
