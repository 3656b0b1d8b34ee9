import type { ChildProcess } from 'node:child_process'
import { type KeywardProcess, type StartOptions, startKeyward } from '../../fixtures/keyward-process.ts'

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

/** Whether a process was killed. */
export const isKilled = ({ signalCode }: ChildProcess) => signalCode === 'SIGKILL'
