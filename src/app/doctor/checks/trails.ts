import type { TrailChain } from '../../../store/index.ts'
import { activeChains } from '../../parts/log-readers.ts'
import { type Finding, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

const shownMax = 5

/** Checks that the files of trails are delivered. */
export async function checkTrails(subject: Subject): Promise<readonly Finding[]> {
  const rows = await subject.rows()
  if ('problem' in rows)
    return [ok('Trails were not checked, because the rows of the database cannot be read.')]
  const chains = (await Array.fromAsync(activeChains(rows.value.store))).flat()
  const failing = chains.flatMap(judgeChain)
  if (failing.length === 0)
    return [
      ok(chains.length === 0 ? 'There are no trails.' : 'The last delivery of each trail has succeeded.'),
    ]
  const more = failing.length - shownMax
  return [
    ...failing.slice(0, shownMax),
    ...(more > 0 ? [warn(`There are ${more} more failing deliveries.`, remedy)] : []),
  ]
}

const remedy = 'See the bucket and its policy, and GetTrailStatus. The server tries again by itself.'

/** Returns the failed deliveries of a trail in a Region. */
export function judgeChain({ trailArn, region, logFiles, digests }: TrailChain): readonly Finding[] {
  const error = logFiles.error ?? digests.error
  if (error === undefined) return []
  return [warn(`The trail ${trailArn} cannot be delivered in ${region}: ${error}.`, remedy)]
}
