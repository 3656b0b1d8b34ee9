import type { BucketState, Destinations, TrailDelivery } from '../../delivery/index.ts'
import { Scheduler } from '../../jobs/index.ts'
import { FirstTimes, systemClock } from '../../std/index.ts'
import type { Config } from '../config/config.ts'
import { readCredentialsFile } from '../config/credentials-file.ts'
import { isLoopback } from '../config/values/setting-values.ts'
import type { Base } from './base.ts'
import type { State } from './state.ts'

/** How often the job looks for deliveries that are due. */
const intervalMillis = 5000

/** The delivery of trails. */
export interface Delivery {
  /** Asks whether the server could write to a bucket. */
  check(bucket: string): Promise<BucketState>
  /** Whether a bucket is a directory. */
  isDirectory(bucket: string): boolean
  /** Delivers everything that is due now. */
  drain(): Promise<void>
}

/**
 * Starts the job that delivers trails. Its room is loaded when there is a trail, or when a bucket is asked for: most servers
 * have none.
 */
export function openDelivery(base: Base, state: State): Delivery {
  const { config, log, cleanup } = base
  let opened: Promise<TrailDelivery> | undefined
  const run = async () => {
    if (opened === undefined && !(await hasTrails(state))) return false
    opened ??= openTrails(base, state)
    return await (await opened).run()
  }
  const job = new Scheduler(run, intervalMillis, error =>
    log.error({ err: error, job: 'delivering trails' }, 'a job failed'),
  )
  cleanup.add(async () => {
    await job.close()
    await (await opened)?.close()
  })
  job.start()
  return {
    check: async bucket => {
      try {
        return await (await openDestinations(config)).head(bucket)
      } catch (error) {
        // The caller may only learn that the bucket cannot be written to; the log has the reason.
        log.warn({ err: error, bucket }, 'a bucket for trails cannot be reached')
        return 'denied'
      }
    },
    isDirectory: bucket => config.trails.directories.has(bucket),
    async drain() {
      while (await run());
    },
  }
}

async function hasTrails({ store }: State): Promise<boolean> {
  const { items } = await store.reader.trails.listAll({ after: undefined, limit: 1 })
  // The chain of a trail that was deleted may still lack its last digest.
  return items.length > 0 || (await store.reader.trailChains.listDue(Number.MAX_SAFE_INTEGER, 1)).length > 0
}

async function openTrails({ config, clock, log, metrics }: Base, state: State): Promise<TrailDelivery> {
  const { TrailDelivery } = await import('../../delivery/index.ts')
  const { store, hsm, auditLog, directory, accountId } = state
  const { protocol, hostname } = config.trails.s3?.endpoint ?? {}
  if (protocol === 'http:' && !isLoopback(hostname ?? ''))
    log.warn({ host: hostname }, 'the records of trails go to the S3 server without encryption')
  const reported = new FirstTimes()
  return new TrailDelivery({
    ...{ store, hsm, clock, accountId, log: auditLog, directory: directory.auditLogs },
    regions: config.regions,
    objects: await openDestinations(config),
    fileIntervalMillis: config.trails.fileIntervalMillis,
    digestIntervalMillis: config.trails.digestIntervalMillis,
    onPut: (kind, succeeded) => metrics?.countDelivery(kind, succeeded),
    onFailure(error, facts) {
      // A bucket that is down for hours fails every few minutes, and GetTrailStatus has each failure.
      if (reported.isFirst(`${facts.trail} ${facts.region} ${String(error)}`))
        log.error({ err: error, ...facts }, 'a trail cannot be delivered; it is tried again')
    },
  })
}

/** Opens the destinations of trails: the directories that the configuration names, and its S3 server. */
export async function openDestinations({
  trails,
  outbound,
}: Pick<Config, 'trails' | 'outbound'>): Promise<Destinations> {
  const { Destinations, DirectoryStore, S3Client, S3Store } = await import('../../delivery/index.ts')
  const { s3, directories } = trails
  const client =
    s3 &&
    new S3Client({
      ...{ endpoint: s3.endpoint, region: s3.region, ca: s3.ca, outbound },
      // The operator may replace the file while the server runs.
      credentials: () => readCredentialsFile(s3.credentialsPath),
      clock: systemClock,
    })
  return new Destinations({
    directories: new Map([...directories].map(([name, path]) => [name, new DirectoryStore(path)])),
    s3: client && new S3Store(client),
  })
}
