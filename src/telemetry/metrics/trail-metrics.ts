import { byLabel, type Clock, type Metric, reading, type Sample } from '../../std/index.ts'
import type { TrailChain } from '../../store/index.ts'
import { remembered } from './remembered.ts'

/** How long the state of the deliveries is remembered. The job that delivers runs as often. */
const freshMillis = 5000
const trailsNamed = 500

const kinds = ['log', 'digest'] as const
type Kind = (typeof kinds)[number]

const statusOf = ({ logFiles, digests }: TrailChain, kind: Kind) => (kind === 'log' ? logFiles : digests)
const isFailing = (chain: TrailChain, kind: Kind) => statusOf(chain, kind).error !== undefined
const isPending = ({ pending }: TrailChain, kind: Kind) => pending?.kind === kind

/**
 * Returns the metrics of the delivery of trails. `readChains` reads what is delivered: each trail in each of its Regions. The
 * metrics by trail are there only if metrics may name keys: the ARN of a trail has a name that an account chose.
 */
export function trailMetrics(
  readChains: () => AsyncIterable<readonly TrailChain[]>,
  clock: Clock,
  namesTrails: boolean,
): Metric[] {
  const read = remembered(freshMillis, async () => (await Array.fromAsync(readChains())).flat())
  const waitOf = ({ pending }: TrailChain) => (pending === undefined ? 0 : (clock.now() - pending.at) / 1000)
  const sums = sumMetrics(read, waitOf)
  return namesTrails ? [...sums, ...metricsByTrail(read, waitOf)] : sums
}

type ReadChains = () => Promise<readonly TrailChain[]>
type WaitOf = (chain: TrailChain) => number

function sumMetrics(read: ReadChains, waitOf: WaitOf): Metric[] {
  const count = (isCounted: (chain: TrailChain, kind: Kind) => boolean) => async () => {
    const chains = await read()
    return byLabel(
      'kind',
      kinds.map(kind => [kind, chains.filter(chain => isCounted(chain, kind)).length]),
    )
  }
  return [
    reading(
      'gauge',
      'keyward_trails_failing',
      'Trails whose last delivery has failed, counted once in each Region, by the kind of the file.',
      count(isFailing),
    ),
    reading(
      'gauge',
      'keyward_trails_pending_files',
      'Files of trails whose delivery has begun and has not succeeded, by the kind of the file.',
      count(isPending),
    ),
    reading(
      'gauge',
      'keyward_trails_lag_seconds',
      'Time for which the oldest file of any trail has waited since its delivery began.',
      async () => (await read()).reduce((longest, chain) => Math.max(longest, waitOf(chain)), 0),
    ),
  ]
}

function metricsByTrail(read: ReadChains, waitOf: WaitOf): Metric[] {
  /** The trails that wait longest. A deleted trail may have the ARN of one that was made after it. */
  const named = async () =>
    (await read())
      .filter(({ deletedTrail }) => deletedTrail === undefined)
      .sort((a, b) => beganAt(a) - beganAt(b) || (keyOf(a) < keyOf(b) ? -1 : 1))
      .slice(0, trailsNamed)
  const byKind = (readValue: (chain: TrailChain, kind: Kind) => number | undefined) => async () =>
    (await named()).flatMap(chain => kinds.flatMap(kind => sampleOf(chain, readValue(chain, kind), { kind })))
  return [
    reading(
      'gauge',
      'keyward_trail_failing',
      `1 while the last delivery of a trail has failed, for the ${trailsNamed} that wait longest.`,
      byKind((chain, kind) =>
        statusOf(chain, kind).attemptedAt === undefined ? undefined : Number(isFailing(chain, kind)),
      ),
    ),
    reading(
      'gauge',
      'keyward_trail_last_delivery_timestamp_seconds',
      'Time of the last delivery of a trail that succeeded, since the Unix epoch.',
      byKind((chain, kind) => {
        const { deliveredAt } = statusOf(chain, kind)
        return deliveredAt && deliveredAt / 1000
      }),
    ),
    reading(
      'gauge',
      'keyward_trail_lag_seconds',
      'Time for which a file of a trail has waited since its delivery began; 0 if none waits.',
      async () => (await named()).flatMap(chain => sampleOf(chain, waitOf(chain), {})),
    ),
  ]
}

/** When the delivery of the waiting file began; later than any if none waits. */
const beganAt = ({ pending }: TrailChain) => pending?.at ?? Number.MAX_SAFE_INTEGER

const keyOf = ({ trailArn, region }: TrailChain) => `${trailArn} ${region}`

function sampleOf(
  { trailArn, region }: TrailChain,
  value: number | undefined,
  more: Readonly<Record<string, string>>,
): Sample[] {
  return value === undefined ? [] : [{ labels: { trail: trailArn, region, ...more }, value }]
}
