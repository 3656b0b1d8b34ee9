import type { LogPosition } from '../../audit/index.ts'
import { coversRegion, type Trail } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { TrailChain } from '../../store/index.ts'
import { changeChain, isActive, newChain, scheduled, toSecond } from './chain-state.ts'
import type { DeliveryOptions } from './delivery-options.ts'

/** Finds the place in the audit log where the records of a time begin. */
export type Locate = (time: Millis) => Promise<LogPosition>

/**
 * Brings the chains of a trail in line with it: begins those of the Regions that it now delivers, and sets the end of those
 * that it does no longer. Returns whether that is all: a chain that still ends must be begun later.
 */
export async function reconcileTrail(
  options: DeliveryOptions,
  trail: Trail,
  locate: Locate,
): Promise<boolean> {
  const { store, regions, clock } = options
  const chains = await store.reader.trailChains.list(trail.trailId)
  const active = chains.filter(isActive)
  const covered = regions.filter(region => coversRegion(trail, region))
  const wanted = trail.isLogging ? covered : []
  for (const chain of active) {
    const isWanted = wanted.includes(chain.region)
    if (adjusted(options, chain, trail, isWanted) !== chain)
      await changeChain(store, chain, current => adjusted(options, current, trail, isWanted))
  }
  const missing = wanted.filter(region => !active.some(chain => chain.region === region))
  if (missing.length > 0) {
    // A Region that a change of a logging trail adds begins at the change, not at StartLogging.
    const since = active.length === 0 ? (trail.loggingStartedAt ?? clock.now()) : clock.now()
    await begin(options, trail, missing, since, await locate(since))
  }
  const { loggingStartedAt: startedAt } = trail
  if (startedAt !== undefined && wasMissed(trail, chains))
    await begin(options, trail, covered, startedAt, await locate(startedAt))
  return !active.some(chain => chain.endsAt !== undefined && wanted.includes(chain.region))
}

/** Whether a trail was started and stopped again before anybody looked: no chain has covered that time. */
function wasMissed(
  { isLogging, loggingStartedAt = 0, loggingStoppedAt = 0 }: Trail,
  chains: readonly TrailChain[],
): boolean {
  const isOver = (chain: TrailChain) =>
    !isActive(chain) && chain.endsAt !== undefined && chain.endsAt < loggingStartedAt
  return !isLogging && loggingStartedAt <= loggingStoppedAt && chains.every(isOver)
}

/** All chains begin in one commit, so that a crash leaves none that begins later than the others. */
async function begin(
  { store, clock, fileIntervalMillis, digestIntervalMillis }: DeliveryOptions,
  { trailId, accountId, homeRegion, name, loggingStartedAt }: Trail,
  regions: readonly string[],
  since: Millis,
  place: LogPosition,
): Promise<void> {
  const from = toSecond(since)
  await store.write(async writer => {
    const trail = await writer.trails.find(accountId, homeRegion, name)
    // A trail that was deleted meanwhile must not get a chain that nobody ends.
    if (trail?.trailId !== trailId || trail.loggingStartedAt !== loggingStartedAt) return
    for (const region of regions) {
      const chain = (await writer.trailChains.find(trailId, region)) ?? newChain(trail, region)
      await writer.trailChains.put(
        scheduled({
          ...chain,
          cursors: [place],
          fileDueAt: clock.now() + fileIntervalMillis,
          digest: trail.logFileValidationEnabled ? { from, dueAt: from + digestIntervalMillis } : undefined,
          previous: undefined,
          undigested: [],
          endsAt: trail.isLogging ? undefined : trail.loggingStoppedAt,
        }),
      )
    }
  })
}

/** Returns a chain with an end if its trail delivers its Region no longer, and with or without digests as the trail has them. */
function adjusted(
  { clock, digestIntervalMillis }: DeliveryOptions,
  chain: TrailChain,
  trail: Trail,
  isWanted: boolean,
): TrailChain {
  const now = clock.now()
  const { digest } = chain
  if (!isWanted && chain.endsAt === undefined) {
    const endsAt = trail.isLogging ? now : (trail.loggingStoppedAt ?? now)
    return scheduled({ ...chain, endsAt })
  }
  const second = toSecond(now)
  if (trail.logFileValidationEnabled && digest === undefined)
    return scheduled({ ...chain, digest: { from: second, dueAt: second + digestIntervalMillis } })
  // The last digest covers the time up to the moment when validation was switched off.
  if (!trail.logFileValidationEnabled && digest !== undefined && digest.dueAt > now)
    return scheduled({ ...chain, digest: { ...digest, dueAt: second } })
  return chain
}
