import type { LogPosition } from '../../audit/index.ts'
import type { Millis } from '../../std/index.ts'
import { sha256Hex } from '../../std/index.ts'
import type { PendingObject, TrailChain } from '../../store/index.ts'
import { compress } from '../outlet/gather.ts'
import { type Chained, changeChain, ended, moved, scheduled, toSecond } from './chain-state.ts'
import { type DeliveryOptions, renderDigestLine } from './delivery-options.ts'
import { digestSignatureAlgorithm, renderDigest, stringToSign } from './digest.ts'
import { digestKey } from './object-names.ts'
import { putPending } from './put-pending.ts'
import type { SigningKeys } from './signing-keys.ts'

const secondMillis = 1000

/**
 * Delivers the digests of a chain that are due, one for each interval, and the last one of a chain that ends. Returns the
 * chain as it is then; undefined if a delivery failed or the chain is gone. `scanned` is the place up to which the audit log
 * has no records for the chain.
 */
export async function deliverDigests(
  options: DeliveryOptions,
  keys: SigningKeys,
  item: Chained,
  scanned: LogPosition | undefined,
): Promise<TrailChain | undefined> {
  const { trail } = item
  let chain: TrailChain | undefined = item.chain
  for (let to = endOf(chain, options.clock.now()); to !== undefined; to = endOf(chain, options.clock.now())) {
    chain = await deliver(options, keys, { trail, chain }, to, scanned)
    if (chain === undefined) return undefined
  }
  return chain
}

/** The end of the next digest that is due; undefined if none is. A digest covers at least a second, because its end names it. */
function endOf({ digest, endsAt }: TrailChain, now: Millis): Millis | undefined {
  if (digest === undefined) return undefined
  const isEnding = endsAt !== undefined && endsAt <= now
  if (isEnding && endsAt < digest.dueAt) return Math.max(toSecond(endsAt), digest.from + secondMillis)
  return digest.dueAt <= now ? Math.max(digest.dueAt, digest.from + secondMillis) : undefined
}

async function deliver(
  options: DeliveryOptions,
  keys: SigningKeys,
  { trail, chain }: Chained,
  due: Millis,
  scanned: LogPosition | undefined,
): Promise<TrailChain | undefined> {
  const { store, clock } = options
  const from = chain.digest?.from ?? due
  const to = chain.previous === undefined ? await freeEnd(options, { trail, chain }, due) : due
  const { keyId } = await keys.keyFor(chain.region, from, to)
  const pending: PendingObject = {
    kind: 'digest',
    bucket: trail.s3BucketName,
    object: digestKey(trail, chain.region, to),
    at: clock.now(),
    from: [],
    to: scanned === undefined ? [] : [scanned],
    digestTo: to,
    signingKeyId: keyId,
    attempts: 0,
  }
  const begun = await changeChain(store, chain, current => ({ ...current, pending }))
  return begun && (await finishDigest(options, keys, { trail, chain: begun }, pending))
}

/**
 * A chain that starts may end in the same second as the one before it: its first digest must not replace the last digest of
 * that one. Returns the end of the first digest, which the time names.
 */
async function freeEnd(
  { objects }: DeliveryOptions,
  { trail, chain }: Chained,
  due: Millis,
): Promise<Millis> {
  let to = due
  const isTaken = async () =>
    // A bucket that cannot be read does not hold up the delivery: its put will say why.
    (await objects.get(trail.s3BucketName, digestKey(trail, chain.region, to)).catch(() => undefined)) !==
    undefined
  while (await isTaken()) to += secondMillis
  return to
}

/** Puts a digest whose put was begun, now or before a failure or a crash. */
export async function finishDigest(
  options: DeliveryOptions,
  keys: SigningKeys,
  item: Chained,
  pending: PendingObject,
): Promise<TrailChain | undefined> {
  const { store, clock, log, digestIntervalMillis } = options
  const { chain, trail } = item
  const { bucket, object, digestTo, signingKeyId } = pending
  if (digestTo === undefined || signingKeyId === undefined || chain.digest === undefined)
    throw new Error('a pending digest without its facts')
  const key = await keys.find(chain.region, signingKeyId)
  const facts = {
    accountId: trail.accountId,
    from: chain.digest.from,
    to: digestTo,
    bucket,
    object,
    fingerprint: key.fingerprint,
    previous: chain.previous,
    logFiles: chain.undigested,
  }
  const text = renderDigest(facts)
  const signature = await keys.sign(key, stringToSign(facts, text))
  const metadata = { signature, 'signature-algorithm': digestSignatureAlgorithm }
  const bytes = compress(Buffer.from(text))
  if (!(await putPending(options, item, pending, { bytes, metadata }))) return undefined
  const now = clock.now()
  const digest = { bucket, object, hash: sha256Hex(text), signature }
  const isEnd = chain.endsAt !== undefined && digestTo >= toSecond(chain.endsAt)
  const isLast = isEnd || !trail.logFileValidationEnabled
  const files = facts.logFiles.length
  // The line comes before the commit: if a crash divides them, the delivery and its line are repeated.
  await log.appendMeta(
    renderDigestLine({ chain, digest, from: facts.from, to: digestTo, files, isLast }, now),
  )
  await log.sync()
  return await changeChain(store, chain, current => {
    const digests = { attemptedAt: now, deliveredAt: now, error: undefined }
    if (isEnd) return current.deletedTrail === undefined ? { ...current, ...ended, digests } : 'delete'
    return scheduled({
      ...current,
      digests,
      pending: undefined,
      undigested: [],
      cursors: pending.to.reduce(moved, current.cursors),
      previous: isLast ? undefined : digest,
      digest: isLast ? undefined : { from: digestTo, dueAt: digestTo + digestIntervalMillis },
    })
  })
}
