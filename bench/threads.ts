import { readdirSync, readFileSync } from 'node:fs'
import type { Server } from './machine.ts'

/** The kinds of a server's threads: the main one, V8's helpers, and libuv's pool. `all` has every thread. */
const kinds = { main: /^node-MainThread/, v8: /^node-V8Worker/, libuv: /^libuv-worker/, all: /^/ } as const

/** CPU time by kind of thread, in microseconds; NaN if the system does not report it. */
export type ThreadTimes = Readonly<Record<keyof typeof kinds, number>>

const names = Object.keys(kinds) as (keyof typeof kinds)[]
const timesOf = (of: (name: keyof typeof kinds) => number) =>
  Object.fromEntries(names.map(name => [name, of(name)])) as ThreadTimes

/** The CPU time that each kind of thread has used so far (/proc/PID/task/TID/schedstat, in nanoseconds). */
export function threadTimes({ process: child }: Server): ThreadTimes {
  try {
    const directory = `/proc/${child.pid}/task`
    const threads = readdirSync(directory).map(id => ({
      name: readFileSync(`${directory}/${id}/comm`, 'utf8'),
      micros: Number(readFileSync(`${directory}/${id}/schedstat`, 'utf8').split(' ')[0]) / 1000,
    }))
    return timesOf(kind =>
      threads.reduce((sum, { name, micros }) => sum + (kinds[kind].test(name) ? micros : 0), 0),
    )
  } catch {
    return timesOf(() => Number.NaN)
  }
}

/** The CPU time per request between two readings. */
export function perRequest(before: ThreadTimes, after: ThreadTimes, requests: number): ThreadTimes {
  return timesOf(kind => (after[kind] - before[kind]) / requests)
}
