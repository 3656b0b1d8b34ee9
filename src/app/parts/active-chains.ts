import { otherWork } from '../../std/index.ts'
import type { Store, TrailChain } from '../../store/index.ts'

const chainsPerPage = 1000

/**
 * Reads the chains of all trails that are delivered, with those of deleted trails that still lack their last digest, page by
 * page. Other work has its turn between the pages.
 */
export async function* activeChains({ reader }: Store): AsyncGenerator<readonly TrailChain[]> {
  let after: TrailChain | undefined
  do {
    const chains = await reader.trailChains.listDue(Number.MAX_SAFE_INTEGER, chainsPerPage, after)
    yield chains
    after = chains.length === chainsPerPage ? chains.at(-1) : undefined
    await otherWork()
  } while (after !== undefined)
}
