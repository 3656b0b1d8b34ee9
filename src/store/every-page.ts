import type { Page, PageRequest } from '../domain/index.ts'
import { nextTurn } from '../std/index.ts'

/**
 * Reads a whole listing page by page, for work that needs all of it. Other work gets its turn between the pages, so a
 * caller who filled the listing delays nobody by more than a page.
 */
export async function* everyPage<T>(
  pageSize: number,
  read: (page: PageRequest) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  let after: string | undefined
  do {
    if (after !== undefined) await nextTurn()
    const page = await read({ after, limit: pageSize })
    yield page.items
    after = page.next
  } while (after !== undefined)
}
