import type { LogPosition } from '../../audit/index.ts'
import { arnOfTrail, coversGlobalServices, globalServicesRegion, type Trail } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { PendingObject, Store, TrailChain } from '../../store/index.ts'
import type { Selection } from '../outlet/selection.ts'

/** A chain with the trail that it belongs to. */
export interface Chained {
  readonly chain: TrailChain
  readonly trail: Trail
}

const secondMillis = 1000
const retryMinMillis = 5000
const retryMaxMillis = 5 * 60_000

/** The whole second of a time: the times in digests have no fractions. */
export const toSecond = (time: Millis): Millis => Math.floor(time / secondMillis) * secondMillis

/** The name of a chain in maps. */
export const keyOf = ({ trailId, region }: Pick<TrailChain, 'trailId' | 'region'>) => `${trailId} ${region}`

/** Whether records are delivered for a chain; one that ended waits for the next StartLogging. */
export const isActive = ({ cursors }: TrailChain) => cursors.length > 0

/** Returns a chain that has delivered nothing. */
export function newChain(trail: Trail, region: string): TrailChain {
  const status = { attemptedAt: undefined, deliveredAt: undefined, error: undefined }
  return {
    ...ended,
    endsAt: undefined,
    trailId: trail.trailId,
    region,
    trailArn: arnOfTrail(trail),
    deletedTrail: undefined,
    logFiles: status,
    digests: status,
  }
}

/** The members of a chain that has ended; it keeps `endsAt`. */
export const ended = {
  cursors: [],
  dueAt: undefined,
  fileDueAt: undefined,
  digest: undefined,
  previous: undefined,
  undigested: [],
  pending: undefined,
} as const

/** Returns the chain with the time at which the job must look at it next. */
export function scheduled(chain: TrailChain): TrailChain {
  const times = [chain.fileDueAt, chain.digest?.dueAt, chain.endsAt].filter(time => time !== undefined)
  return { ...chain, dueAt: isActive(chain) && times.length > 0 ? Math.min(...times) : undefined }
}

/** Returns the chain after a failed attempt: it is tried again later and later, up to every five minutes. */
export function failed(chain: TrailChain, pending: PendingObject, code: string, now: Millis): TrailChain {
  const attempts = pending.attempts + 1
  const status = { attemptedAt: now, error: code }
  const wait = Math.min(retryMaxMillis, retryMinMillis * 2 ** Math.min(attempts - 1, 10))
  return {
    ...chain,
    pending: { ...pending, attempts },
    dueAt: now + wait,
    ...(pending.kind === 'log'
      ? { logFiles: { ...chain.logFiles, ...status } }
      : { digests: { ...chain.digests, ...status } }),
  }
}

/** The place of a chain in a stream of the audit log. */
export function cursorOf({ cursors }: TrailChain, stream: string): LogPosition | undefined {
  return cursors.find(cursor => cursor.stream === stream)
}

/** Cursors with one of them moved. */
export function moved(cursors: TrailChain['cursors'], place: LogPosition): TrailChain['cursors'] {
  return [...cursors.filter(({ stream }) => stream !== place.stream), place]
}

/**
 * The records that a trail gets in a Region. The records of global services are in us-east-1; where the server does not
 * serve that Region, a multi-Region trail gets them in its home Region, so that it gets them at all.
 */
export function selectionOf({ trail, chain }: Chained, regions: readonly string[]): Selection {
  const servesGlobal = regions.includes(globalServicesRegion)
  const globalRegion = servesGlobal ? globalServicesRegion : trail.homeRegion
  const { accountId, selectors, recursiveLogging, kmsKeyArn: keyArn } = trail
  return {
    accountId,
    region: chain.region,
    selectors,
    hasGlobalServices: coversGlobalServices(trail) && chain.region === globalRegion,
    exceptDeliveries:
      recursiveLogging || keyArn === undefined ? undefined : { trailArn: chain.trailArn, keyArn },
    // Records have whole seconds, and the one of StopLogging belongs to the trail.
    until: chain.endsAt === undefined ? undefined : toSecond(chain.endsAt) + secondMillis - 1,
  }
}

/**
 * Changes a chain as it is now in one commit: a call may have changed it since it was read. Returns the changed chain;
 * undefined if it is gone.
 */
export async function changeChain(
  store: Store,
  { trailId, region }: Pick<TrailChain, 'trailId' | 'region'>,
  change: (current: TrailChain) => TrailChain | 'delete',
): Promise<TrailChain | undefined> {
  return await store.write(async writer => {
    const current = await writer.trailChains.find(trailId, region)
    if (current === undefined) return undefined
    const changed = change(current)
    if (changed === 'delete') {
      await writer.trailChains.delete(current)
      return undefined
    }
    await writer.trailChains.put(changed)
    return changed
  })
}
