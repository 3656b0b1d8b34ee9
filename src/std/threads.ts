import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

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
