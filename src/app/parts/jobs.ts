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

/** What time does by itself, and how often it is looked at. */
const jobs: readonly { readonly name: string; readonly job: Job; readonly intervalMillis: number }[] = [
  { name: 'ending transitions of keys', job: endTransitions, intervalMillis: 500 },
  { name: 'expiring imported key material', job: expireMaterials, intervalMillis: minuteMillis },
  { name: 'rotating keys', job: rotateDueKeys, intervalMillis: minuteMillis },
  { name: 'deleting keys', job: deleteDueKeys, intervalMillis: minuteMillis },
]

export interface RunningJobs {
  close(): Promise<void>
}

/** Starts the jobs. `alsoEachMinute` is work of the same kind that is no job. */
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
  const noting = async () => {
    await alsoEachMinute()
    return false
  }
  schedulers.push(
    new Scheduler(noting, minuteMillis, error =>
      onFailure(error, 'noting the last uses of keys and access keys'),
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
 * Sets the clock forward, day by day, and at each lets time do its work: what is due is done when this resolves, and a
 * year holds as many rotations as a year does.
 */
export async function advanceClock(
  clock: AdjustableClock,
  millis: number,
  options: JobOptions,
): Promise<Millis> {
  for (let left = millis; left > 0; left -= dayMillis) {
    clock.advance(Math.min(left, dayMillis))
    for (const { job } of jobs) while (await job(options));
  }
  return clock.now()
}
