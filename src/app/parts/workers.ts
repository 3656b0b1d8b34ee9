import type { TestClock } from '../../http/index.ts'
import type { JobOptions } from '../../jobs/index.ts'
import { AdjustableClock } from '../../std/index.ts'
import type { Base } from './base.ts'
import type { Callers } from './callers.ts'
import type { Delivery } from './delivery.ts'
import { advanceClock, startJobs } from './job-schedule.ts'
import type { Services } from './services.ts'
import type { State } from './state.ts'

/** The parts that run besides requests. */
export interface Workers {
  /** The clock that clients may set forward; undefined outside of test mode. */
  readonly testClock: TestClock | undefined
}

/** Starts the jobs. Writes the last use of keys, access keys and roles once a minute and at the end. */
export function startWorkers(
  { config, clock, log, cleanup }: Base,
  { store, hsm, audit, retain }: State,
  { accessKeys, roleUses }: Callers,
  { keyUsages }: Services,
  delivery: Delivery,
): Workers {
  const writeUsages = async () => {
    await keyUsages.write()
    await accessKeys.write()
    await roleUses.write()
  }
  // If the disk is full, the last uses are lost, but the server must still stop cleanly.
  cleanup.add(() =>
    writeUsages().catch(error => log.error({ err: error }, 'the last uses of keys could not be written')),
  )
  const options: JobOptions = {
    store,
    hsm,
    clock,
    appendCommitted: (eventId, line) => audit.appendCommitted(eventId, line),
  }
  const jobs = startJobs(options, writeUsages, (error, job) => log.error({ err: error, job }, 'a job failed'))
  cleanup.add(() => jobs.close())
  if (!(clock instanceof AdjustableClock)) return { testClock: undefined }
  return {
    testClock: {
      judgesSignatures: config.testClock === 'on',
      now: () => clock.now(),
      advance: millis =>
        advanceClock(clock, millis, options, async () => {
          await delivery.drain()
          // The last uses need the log up to where they are written.
          await writeUsages()
          await retain()
        }),
    },
  }
}
