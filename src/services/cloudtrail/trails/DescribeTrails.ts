import { arnOfTrail, coversRegion, type Trail } from '../../../domain/index.ts'
import { boolean, list, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { trailType } from '../wire/shapes.ts'
import { readTrailName } from '../wire/trail-names.ts'
import { renderTrail } from './render-trail.ts'

/** Retrieves settings for one or more trails associated with the current Region for your account. */
export const DescribeTrails = operation({
  name: 'DescribeTrails',
  effect: 'read',
  input: structure({ trailNameList: list(string()), includeShadowTrails: boolean() }),
  output: structure({ trailList: list(trailType) }),
  async handle({ input: { trailNameList: names = [], includeShadowTrails = true }, scope, store }) {
    const isShown = (trail: Trail) => includeShadowTrails || trail.homeRegion === scope.region
    const trails = (await store.trails.list(scope.accountId)).filter(isShown)
    if (names.length === 0) {
      const here = trails.filter(trail => coversRegion(trail, scope.region))
      return { trailList: here.map(renderTrail) }
    }
    // An account has few trails, however many names the request has. A name that no trail has is left out, without an error.
    const byArn = new Map(trails.map(trail => [arnOfTrail(trail), trail]))
    const named = names.map(name => {
      const { arn, problem } = readTrailName(scope, name)
      if (problem !== undefined) throw problem
      return byArn.get(arn)
    })
    return { trailList: [...new Set(named.filter(trail => trail !== undefined))].map(renderTrail) }
  },
})
