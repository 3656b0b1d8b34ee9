import { arnOfTrail } from '../../../domain/index.ts'
import { list, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'

/** Lists trails that are in the current account. */
export const ListTrails = operation({
  name: 'ListTrails',
  effect: 'read',
  // An account has few trails, so one page has all, and there is no token to read.
  input: structure({ NextToken: string() }),
  output: structure({
    Trails: list(structure({ TrailARN: string(), Name: string(), HomeRegion: string() })),
  }),
  async handle({ scope, store }) {
    const trails = await store.trails.list(scope.accountId)
    return {
      Trails: trails.map(trail => ({
        TrailARN: arnOfTrail(trail),
        Name: trail.name,
        HomeRegion: trail.homeRegion,
      })),
    }
  },
})
