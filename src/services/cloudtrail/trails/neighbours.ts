import { coversRegion, ServiceError, type Trail, trailsPerRegionMax } from '../../../domain/index.ts'

/**
 * Refuses a trail that a Region would show beside one with its name, and more trails than a Region may have; a multi-Region trail
 * is shown, and counts, in every Region. `all` may have the trail as it was before. Throws TrailAlreadyExistsException and
 * MaximumNumberOfTrailsExceededException.
 */
export function checkNeighbours(trail: Trail, all: readonly Trail[]): void {
  const { accountId, homeRegion, name } = trail
  const others = all.filter(({ trailId }) => trailId !== trail.trailId)
  const isBeside = (other: Trail) => trail.isMultiRegionTrail || coversRegion(other, homeRegion)
  if (others.some(other => other.name === name && isBeside(other)))
    throw new ServiceError(
      'TrailAlreadyExistsException',
      `Trail ${name} already exists for customer: ${accountId}`,
    )
  const regions = trail.isMultiRegionTrail
    ? [homeRegion, ...others.map(other => other.homeRegion)]
    : [homeRegion]
  const full = regions.find(
    region => others.filter(other => coversRegion(other, region)).length >= trailsPerRegionMax,
  )
  if (full !== undefined)
    throw new ServiceError(
      'MaximumNumberOfTrailsExceededException',
      `User: ${accountId} already has ${trailsPerRegionMax} trails in ${full}.`,
    )
}
