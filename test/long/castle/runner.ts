import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { pause } from '../../fixtures/witness/moments.ts'
import type { Operation, Round, Running } from './operation.ts'

/** Timers are too coarse for the last part of a wait. */
const timerMillis = 3
/** An operation that has no visible effect by then is killed anyway, or reported if it was to be measured. */
const effectMillisMax = 60_000
/** How often a state that the times did not meet is aimed at. */
const aimedRoundsMax = 20

/** The counts of a run of one operation. */
export interface OperationFigures {
  readonly rounds: number
  /** The rounds whose kill waited for a state instead of a time. */
  readonly aimed: number
  /** The rounds whose operation was over before the kill. */
  readonly late: number
  /** How often each state was left. */
  readonly seen: ReadonlyMap<string, number>
  readonly millis: number
}

/** When a round is killed: some time after the first visible effect, or when a state is on the disk. */
type Moment = { readonly millis: number } | { readonly state: string }

/**
 * Measures an operation once without a kill, and then kills it in each round, after r/rounds of that time. Each round has a
 * directory of its own, which stays if the round fails.
 */
export class OperationRun {
  readonly #operation: Operation
  readonly #directory: string
  readonly #seen = new Map<string, number>()
  #rounds = 0
  #aimed = 0
  #late = 0
  #millis = 0

  constructor(operation: Operation, directory: string) {
    this.#operation = operation
    this.#directory = directory
  }

  get figures(): OperationFigures {
    return {
      ...{ rounds: this.#rounds, aimed: this.#aimed, late: this.#late },
      ...{ seen: this.#seen, millis: this.#millis },
    }
  }

  /** The states that no kill has left so far. */
  get missing(): readonly string[] {
    return this.#operation.states.filter(state => !this.#seen.has(state))
  }

  /** Runs the operation to its end, and takes its time from the first visible effect. */
  async measure(): Promise<void> {
    await this.#inDirectory('measured', async round => {
      const running = round.begin()
      // The await comes below; a failure before it must not end the process.
      running.ended.catch(() => undefined)
      await until(() => round.hasBegun(), effectMillisMax)
      assert.ok(round.hasBegun(), `${this.#operation.name} has no visible effect`)
      const began = performance.now()
      await running.ended
      this.#millis = performance.now() - began
      await killAll(running)
    })
  }

  /** Kills after this part of the measured time, from 0 to 1. */
  async round(part: number): Promise<void> {
    await this.#kill({ millis: this.#millis * part })
  }

  /** Kills at each state that no round has left so far, until it is there. */
  async aim(): Promise<void> {
    for (const state of this.missing)
      for (let count = 0; count < aimedRoundsMax && !this.#seen.has(state); count++) {
        this.#aimed++
        await this.#kill({ state })
      }
  }

  async #kill(moment: Moment): Promise<void> {
    await this.#inDirectory(`round-${this.#rounds + 1}`, async round => {
      const running = round.begin()
      let isOver = false
      const ended = running.ended.finally(() => {
        isOver = true
      })
      ended.catch(() => undefined)
      await until(() => isOver || round.hasBegun(), effectMillisMax)
      if ('millis' in moment) await Promise.race([waitFor(moment.millis), ended])
      else await until(() => isOver || round.states().includes(moment.state), effectMillisMax)
      const wasOver = isOver
      await killAll(running)
      await ended
      if (wasOver) this.#late++
      // The machine is now faster than during the measurement.
      if (wasOver && 'millis' in moment) this.#millis = Math.min(this.#millis, Math.max(1, moment.millis))
      for (const state of round.states()) this.#seen.set(state, (this.#seen.get(state) ?? 0) + 1)
      await round.finish()
    })
    this.#rounds++
  }

  async #inDirectory(name: string, work: (round: Round) => Promise<void>): Promise<void> {
    const directory = join(this.#directory, this.#operation.name, name)
    mkdirSync(directory, { recursive: true })
    const round = await this.#operation.prepare(directory)
    try {
      await work(round)
    } catch (error) {
      throw new Error(`${this.#operation.name}, ${name}, in ${directory}, with ${round.states()}`, {
        cause: error,
      })
    } finally {
      await round.end()
    }
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Waits without giving up the processor at the end, so that the clients of this process work until then. */
async function waitFor(millis: number): Promise<void> {
  const until = performance.now() + millis
  if (millis > timerMillis) await sleep(millis - timerMillis)
  pause(until - performance.now())
}

async function until(isTrue: () => boolean, millisMax: number): Promise<void> {
  for (const end = performance.now() + millisMax; !isTrue() && performance.now() < end; ) await nextTurn()
}

/** Ends process groups with SIGKILL, and waits for their leaders. */
async function killAll(running: Running): Promise<void> {
  const alive = running
    .processes()
    .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
  const gone = alive.map(child => once(child, 'close'))
  for (const child of alive) killGroup(child)
  await Promise.all(gone)
}

/** Ends a process and its children with SIGKILL; the process leads its group. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
