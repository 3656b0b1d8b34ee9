import { readlinkSync } from 'node:fs'
import { getCompileCacheDir } from 'node:module'
import { constants, setPriority } from 'node:os'
import { dirname } from 'node:path'

/**
 * Gives the thread that calls it a lower priority than the threads that answer requests: Linux has one for each
 * (setpriority(2), "C library/kernel differences").
 */
export function yieldToRequests(): void {
  try {
    const [, threadId = ''] = /\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self')) ?? []
    if (threadId !== '') setPriority(Number(threadId), constants.priority.PRIORITY_LOW)
  } catch {
    // Elsewhere all threads share the priority of the process.
  }
}

/**
 * The environment of a thread of ours: the cache of compiled code, if the process has one. Without it the thread would strip the
 * types of its modules again, and the module for that takes 16 MiB.
 */
export function threadEnvironment(): NodeJS.ProcessEnv {
  const directory = getCompileCacheDir()
  // The directory of this version of Node is in the one that the setting names.
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) }
}
