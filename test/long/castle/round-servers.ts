import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KeywardProcess, type StartOptions, startKeyward } from '../../fixtures/keyward-process.ts'

/** A connection breaks before its server is gone. */
const killedMillisMax = 5000

/** Heads are signed often, so that a witness has some of a short life. */
const audit = JSON.stringify({ heads: '1s' })

/** The servers of one round. Each leads a process group. */
export class RoundServers {
  readonly #children: ChildProcess[] = []

  /** The processes of all servers so far. */
  get processes(): readonly ChildProcess[] {
    return this.#children
  }

  /** Starts a server. */
  start(options: StartOptions): Promise<KeywardProcess> {
    return startKeyward({
      ...options,
      environment: { KEYWARD_AUDIT: audit, ...options.environment },
      leadsGroup: true,
      spawned: child => {
        this.#children.push(child)
        options.spawned?.(child)
      },
    })
  }

  /** Ends those that still run. */
  end(): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}

/**
 * Waits for the end of processes after an error of their clients. Throws the error unless the processes were killed, which is the
 * reason for it.
 */
export async function unlessKilled(processes: readonly ChildProcess[], error: unknown): Promise<void> {
  for (const child of processes) {
    if (child.exitCode === null && child.signalCode === null)
      await Promise.race([once(child, 'close'), sleep(killedMillisMax, undefined, { ref: false })])
    if (child.signalCode !== 'SIGKILL') throw error
  }
}
