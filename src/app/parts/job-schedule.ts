import {
  deleteDueKeys,
  endTransitions,
  expireMaterials,
  type JobOptions,
  rotateDueKeys,
  Scheduler,
} from '../../jobs/index.ts'
import type { AdjustableClock, Millis } from '../../std/index.ts'

type Job = (options: JobOptions) => Promise<boolean>

const minuteMillis = 60_000
const dayMillis = 86_400_000

/** The jobs that become due with time, and how often each one runs. */
const jobs: readonly { readonly name: string; readonly job: Job; readonly intervalMillis: number }[] = [
  { name: 'ending transitions of keys', job: endTransitions, intervalMillis: 500 },
  { name: 'expiring imported key material', job: expireMaterials, intervalMillis: minuteMillis },
  { name: 'rotating keys', job: rotateDueKeys, intervalMillis: minuteMillis },
  { name: 'deleting keys', job: deleteDueKeys, intervalMillis: minuteMillis },
]

/** The running jobs. */
export interface RunningJobs {
  close(): Promise<void>
}

/** Starts the jobs. `alsoEachMinute` is further work that runs once a minute. */
export function startJobs(
  options: JobOptions,
  alsoEachMinute: () => Promise<void>,
  onFailure: (error: unknown, name: string) => void,
): RunningJobs {
  const schedulers = jobs.map(
    ({ name, job, intervalMillis }) =>
      new Scheduler(
        () => job(options),
        intervalMillis,
        error => onFailure(error, name),
      ),
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
  options: JobOptions,
  alsoEachDay: () => Promise<void>,
): Promise<Millis> {
  for (let left = millis; left > 0; left -= dayMillis) {
    clock.advance(Math.min(left, dayMillis))
    for (const { job } of jobs) while (await job(options));
    await alsoEachDay()
  }
  return clock.now()
}
