import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { type CommandEnd, oneLine } from '../../fixtures/castle/operator-command.ts'
import { runKeyward, type StartOptions } from '../../fixtures/keyward-process.ts'
import type { Running } from './operation.ts'

/** A command in a process of its own. Unless it was killed it succeeds, or reports the end of its server in one line. */
export class KilledCommand implements Running {
  readonly ended: Promise<void>
  readonly #children: ChildProcess[] = []

  /** `mayFail` is for a command whose server may be killed without it. */
  constructor(args: readonly string[], options: StartOptions = {}, mayFail = false) {
    const spawned = (child: ChildProcess) => void this.#children.push(child)
    this.ended = runKeyward(args, { ...options, leadsGroup: true, spawned }).then(end => check(end, mayFail))
  }

  processes(): readonly ChildProcess[] {
    return this.#children
  }

  /** Ends it if it still runs. */
  end(): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}

function check({ code, stdout, stderr }: CommandEnd, mayFail: boolean): void {
  // A process that was killed has no exit status.
  if (code === null || code === 0) return
  // Work that takes more than a second shows its progress.
  const message = stderr.replaceAll(/^Backup: .* MiB\/s\n/gm, '')
  assert.ok(mayFail && oneLine.test(message), `${stdout}${stderr}`)
}
