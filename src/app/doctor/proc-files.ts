import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Subject } from './subject.ts'

/** Finds the process of the server; undefined if none runs, or if it cannot be seen, as in a different container. */
export function findServer({ directory, isRunning }: Subject): number | undefined {
  return isRunning ? findHolder(join(directory.path, 'keyward.lock')) : undefined
}

/** Finds the process that holds a POSIX lock on a file. */
function findHolder(path: string): number | undefined {
  const { ino } = statSync(path)
  // Such as: 1: POSIX  ADVISORY  WRITE 123 08:01:4567 0 EOF
  const pids = readLines('/proc/locks').flatMap(line => {
    const [, pid, inode] = /\sPOSIX\s.*\s(\d+)\s[\da-f]+:[\da-f]+:(\d+)\s/.exec(line) ?? []
    return Number(inode) === ino ? [Number(pid)] : []
  })
  return pids.find(pid => hasOpen(pid, realpathSync(path)))
}

/** File systems share inode numbers, so the process must have the file open. */
function hasOpen(pid: number, path: string): boolean {
  try {
    const directory = `/proc/${pid}/fd`
    return readdirSync(directory).some(name => readlinkSync(join(directory, name)) === path)
  } catch {
    return false
  }
}

/** Reads the lines of a file that are not empty; there are none in a file that cannot be read. */
export function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(line => line !== '')
  } catch {
    return []
  }
}
