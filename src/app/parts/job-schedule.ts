import {
  type DomainKeyOptions,
  deleteDueKeys,
  endTransitions,
  expireMaterials,
  finishTokenKeys,
  type More,
  Rewrapping,
  rotateDueKeys,
  Scheduler,
  type TokenKeyOptions,
} from '../../jobs/index.ts'
import type { AdjustableClock, Millis } from '../../std/index.ts'

const minuteMillis = 60_000
const dayMillis = 86_400_000

/** A job that becomes due with time, and how often it runs. */
export interface DueJob {
  readonly name: string
  run(): Promise<More>
  readonly intervalMillis: number
}

/** Returns the jobs that become due with time. */
export function dueJobs(options: DomainKeyOptions, tokenKeys: TokenKeyOptions): readonly DueJob[] {
  const rewrapping = new Rewrapping(options)
  return [
    { name: 'ending transitions of keys', run: () => endTransitions(options), intervalMillis: 500 },
    { name: 're-wrapping under new domain keys', run: () => rewrapping.run(), intervalMillis: 2000 },
    {
      name: 'expiring imported key material',
      run: () => expireMaterials(options),
      intervalMillis: minuteMillis,
    },
    { name: 'rotating keys', run: () => rotateDueKeys(options), intervalMillis: minuteMillis },
    { name: 'deleting keys', run: () => deleteDueKeys(options), intervalMillis: minuteMillis },
    // After the deletion of keys, so that a record says at once what became of a key in HSMs.
    // A store that is connected again has keys that were deleted meanwhile, and nobody should have to wait a minute for that.
    { name: 'finishing keys in HSMs', run: () => finishTokenKeys(tokenKeys), intervalMillis: 5000 },
  ]
}

/** The running jobs. */
export interface RunningJobs {
  close(): Promise<void>
}

/** Starts the jobs. `alsoEachMinute` is further work that runs once a minute. */
export function startJobs(
  jobs: readonly DueJob[],
  alsoEachMinute: () => Promise<void>,
  onFailure: (error: unknown, name: string) => void,
): RunningJobs {
  const schedulers = jobs.map(
    ({ name, run, intervalMillis }) => new Scheduler(run, intervalMillis, error => onFailure(error, name)),
  )
  const perMinute = async () => {
    await alsoEachMinute()
    return false
  }
  schedulers.push(
    new Scheduler(perMinute, minuteMillis, error =>
      onFailure(error, 'writing the last uses of keys, access keys and roles'),
    ),
  )
  for (const scheduler of schedulers) scheduler.start()
  return {
    async close() {
      for (const scheduler of schedulers) await scheduler.close()
    },
  }
}

/**
 * Sets the clock forward day by day, and runs the jobs after each day until nothing is due, and then `alsoEachDay`. A year in this clock thus
 * has as many rotations as a real year.
 */
export async function advanceClock(
  clock: AdjustableClock,
  millis: number,
  jobs: readonly DueJob[],
  alsoEachDay: () => Promise<void>,
): Promise<Millis> {
  for (let left = millis; left > 0; left -= dayMillis) {
    clock.advance(Math.min(left, dayMillis))
    for (const { run } of jobs) while (await run());
    await alsoEachDay()
  }
  return clock.now()
}
