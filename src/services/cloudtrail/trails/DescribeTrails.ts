import { arnOfTrail, coversRegion, type Trail } from '../../../domain/index.ts'
import { boolean, list, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { trailType } from '../wire/shapes.ts'
import { findTrail } from '../wire/trail-names.ts'
import { renderTrail } from './render-trail.ts'

/** Retrieves settings for one or more trails associated with the current Region for your account. */
export const DescribeTrails = operation({
  name: 'DescribeTrails',
  effect: 'read',
  input: structure({ trailNameList: list(string()), includeShadowTrails: boolean() }),
  output: structure({ trailList: list(trailType) }),
  async handle({ input: { trailNameList: names = [], includeShadowTrails = true }, scope, store }) {
    const isShown = (trail: Trail) => includeShadowTrails || trail.homeRegion === scope.region
    if (names.length === 0) {
      const trails = await store.trails.list(scope.accountId)
      const here = trails.filter(trail => coversRegion(trail, scope.region) && isShown(trail))
      return { trailList: here.map(renderTrail) }
    }
    const found = new Map<string, Trail>()
    for (const name of new Set(names)) {
      const { trail, problem } = await findTrail(store, scope, name)
      if (problem !== undefined) throw problem
      // A name that no trail has is left out, without an error.
      if (trail !== undefined && isShown(trail)) found.set(arnOfTrail(trail), trail)
    }
    return { trailList: Array.from(found.values(), renderTrail) }
  },
})
