import type { LogPosition } from '../../audit/index.ts'
import { randomBytes } from '../../std/index.ts'
import type { PendingObject, TrailChain } from '../../store/index.ts'
import type { GatheredFile } from '../outlet/gather.ts'
import type { Outlet } from '../outlet/outlet.ts'
import {
  type Chained,
  changeChain,
  cursorOf,
  isActive,
  keyOf,
  moved,
  scheduled,
  selectionOf,
} from './chain-state.ts'
import { type DeliveryOptions, renderLogFileLine } from './delivery-options.ts'
import { logFileKey } from './object-names.ts'
import { putPending } from './put-pending.ts'

/**
 * Delivers the records between a place in the audit log and its end to the trails whose chains are there. Returns the chains
 * that are at the end now. `note` gets each place that a chain without records there has passed, and nothing for a chain with
 * records, whose place is in the store.
 */
export async function deliverLogFiles(
  options: DeliveryOptions,
  outlet: Outlet,
  start: LogPosition,
  chained: readonly Chained[],
  note: (chain: TrailChain, place: LogPosition | undefined) => void,
): Promise<Chained[]> {
  const to = options.log.position
  // A place that a power cut takes back would hide the records that are written there later.
  await options.log.sync()
  let from = start
  let left = [...chained]
  while (left.length > 0 && (from.file !== to.file || from.offset !== to.offset)) {
    const wants = left.map(item => ({ id: keyOf(item.chain), selection: selectionOf(item, options.regions) }))
    const { end, files } = await outlet.gather({ from, to, wants, isWhole: false })
    const byId = new Map(files.map(file => [file.id, file]))
    const next: Chained[] = []
    for (const item of left) {
      const file = byId.get(keyOf(item.chain))
      const chain =
        file === undefined
          ? await pass(options, item.chain, end)
          : await deliver(options, item, file, from, end)
      note(item.chain, file === undefined ? end : undefined)
      if (chain !== undefined) next.push({ ...item, chain })
    }
    left = next
    from = end
  }
  return left
}

/**
 * Returns a chain that has passed a part without records. It moves in the store only when it leaves a file of the log, because the
 * retention keeps the files from there on.
 */
async function pass(
  { store }: DeliveryOptions,
  chain: TrailChain,
  to: LogPosition,
): Promise<TrailChain | undefined> {
  if (cursorOf(chain, to.stream)?.file === to.file) return chain
  return await changeChain(store, chain, current =>
    isActive(current) ? { ...current, cursors: moved(current.cursors, to) } : current,
  )
}

/** Puts a log file whose put was begun before a failure or a crash. */
export async function repeatLogFile(
  options: DeliveryOptions,
  outlet: Outlet,
  item: Chained,
  pending: PendingObject,
): Promise<TrailChain | undefined> {
  const [from] = pending.from
  const [to] = pending.to
  if (from === undefined || to === undefined) throw new Error('a pending log file without its records')
  const wants = [{ id: keyOf(item.chain), selection: selectionOf(item, options.regions) }]
  const { files } = await outlet.gather({ from, to, wants, isWhole: true })
  const [file] = files
  return file === undefined
    ? await giveUp(options, item, pending, to)
    : await finish(options, item, pending, file)
}

/**
 * Goes on behind a log file that has no records any more: the retention has deleted them, or the trail's selectors changed. A file
 * without them could take the place of the whole one, whose put may have succeeded without an answer.
 */
async function giveUp(
  { store, onFailure }: DeliveryOptions,
  { chain }: Chained,
  { bucket, object }: PendingObject,
  to: LogPosition,
): Promise<TrailChain | undefined> {
  const reason =
    'this log file has no records any more: the retention deleted them, or the selectors of the trail changed'
  onFailure(new Error(reason), {
    trail: chain.trailArn,
    region: chain.region,
    object: `${bucket}/${object}`,
  })
  return await changeChain(store, chain, current =>
    scheduled({ ...current, pending: undefined, cursors: moved(current.cursors, to) }),
  )
}

async function deliver(
  options: DeliveryOptions,
  item: Chained,
  file: GatheredFile,
  from: LogPosition,
  to: LogPosition,
): Promise<TrailChain | undefined> {
  const { store, clock } = options
  const { trail, chain } = item
  const at = clock.now()
  const pending: PendingObject = {
    kind: 'log',
    bucket: trail.s3BucketName,
    object: logFileKey(trail, chain.region, at, randomBytes(32)),
    at,
    from: [from],
    to: [to],
    digestTo: undefined,
    signingKeyId: undefined,
    attempts: 0,
  }
  const begun = await changeChain(store, chain, current => ({ ...current, pending }))
  return begun && (await finish(options, { trail, chain: begun }, pending, file))
}

async function finish(
  options: DeliveryOptions,
  item: Chained,
  pending: PendingObject,
  { bytes, hash, records, oldestEventAt, newestEventAt }: GatheredFile,
): Promise<TrailChain | undefined> {
  const { store, clock, log, fileIntervalMillis } = options
  if (!(await putPending(options, item, pending, { bytes }))) return undefined
  const { bucket, object } = pending
  const file = { bucket, object, hash, records, oldestEventAt, newestEventAt }
  const now = clock.now()
  // The line comes before the commit: if a crash divides them, the delivery and its line are repeated.
  await log.appendMeta(renderLogFileLine({ chain: item.chain, file }, now))
  await log.sync()
  const [to] = pending.to
  return await changeChain(store, item.chain, current =>
    scheduled({
      ...current,
      pending: undefined,
      cursors: to === undefined ? current.cursors : moved(current.cursors, to),
      undigested: current.digest === undefined ? [] : [...current.undigested, file],
      fileDueAt: now + fileIntervalMillis,
      logFiles: { attemptedAt: now, deliveredAt: now, error: undefined },
    }),
  )
}
