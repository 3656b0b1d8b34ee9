import type { TestClock } from '../../http/index.ts'
import type { DomainKeyOptions } from '../../jobs/index.ts'
import { AdjustableClock } from '../../std/index.ts'
import type { Base } from './base.ts'
import type { Callers } from './callers.ts'
import { startConnections } from './custom-key-stores/connections.ts'
import type { Delivery } from './delivery.ts'
import { advanceClock, dueJobs, startJobs } from './job-schedule.ts'
import type { Services } from './services.ts'
import type { State } from './state.ts'

/** The parts that run besides requests. */
export interface Workers {
  /** The clock that clients may set forward; undefined outside of test mode. */
  readonly testClock: TestClock | undefined
}

/** Starts the jobs. Writes the last use of keys, access keys and roles once a minute and at the end. */
export function startWorkers(
  base: Base,
  state: State,
  { accessKeys, roleUses }: Callers,
  { keyUsages, externalProxies, clusters }: Services,
  delivery: Delivery,
): Workers {
  const { config, clock, log, cleanup } = base
  const writeUsages = async () => {
    await keyUsages.write()
    await accessKeys.write()
    await roleUses.write()
  }
  // If the disk is full, the last uses are lost, but the server must still stop cleanly.
  cleanup.add(() =>
    writeUsages().catch(error => log.error({ err: error }, 'the last uses of keys could not be written')),
  )
  const options = domainKeyOptions(base, state)
  const jobs = dueJobs(options, { ...options, destroy: (...args) => clusters.destroy(...args) })
  const running = startJobs(jobs, writeUsages, (error, job) => log.error({ err: error, job }, 'a job failed'))
  cleanup.add(() => running.close())
  startConnections(base, state, externalProxies, clusters)
  if (!(clock instanceof AdjustableClock)) return { testClock: undefined }
  return {
    testClock: {
      judgesSignatures: config.testClock === 'on',
      now: () => clock.now(),
      advance: millis =>
        advanceClock(clock, millis, jobs, async () => {
          await delivery.drain()
          // The last uses need the log up to where they are written.
          await writeUsages()
          await state.retain()
        }),
    },
  }
}

/** Returns everything that the jobs and the changes of domain keys need. */
export function domainKeyOptions({ config, clock }: Base, state: State): DomainKeyOptions {
  const { store, hsm, audit, accountId, inUse } = state
  return {
    ...{ store, hsm, clock, accountId },
    region: config.regions[0] ?? '',
    rootKey: () => inUse.rootKey,
    appendCommitted: (eventId, line) => audit.appendCommitted(eventId, line),
  }
}
