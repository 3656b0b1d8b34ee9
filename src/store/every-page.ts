import type { Page, PageRequest } from '../domain/index.ts'
import { otherWork } from '../std/index.ts'

/**
 * Reads a listing page by page to its end, from the place after `start`. Other work gets its turn between the pages, so a
 * caller who filled the listing delays nobody by more than a page.
 */
export async function* everyPage<T>(
  pageSize: number,
  read: (page: PageRequest) => Promise<Page<T>>,
  start?: string,
): AsyncGenerator<readonly T[]> {
  let after = start
  for (;;) {
    const page = await read({ after, limit: pageSize })
    yield page.items
    if (page.next === undefined) return
    after = page.next
    await otherWork()
  }
}

/**
 * Reads one page in parts of at most `partSize` items. Other work gets its turn between the parts. The page ends early when
 * its items have more than `lengthMax` characters, as `lengthOf` counts them.
 */
export async function pageInParts<T>(
  { after, limit }: PageRequest,
  partSize: number,
  read: (page: PageRequest) => Promise<Page<T>>,
  { lengthOf, lengthMax }: { lengthOf: (item: T) => number; lengthMax: number } = unlimited,
): Promise<Page<T>> {
  const items: T[] = []
  let next = after
  let length = 0
  do {
    if (items.length > 0) await otherWork()
    const part = await read({ after: next, limit: Math.min(partSize, limit - items.length) })
    items.push(...part.items)
    for (const item of part.items) length += lengthOf(item)
    next = part.next
  } while (next !== undefined && items.length < limit && length <= lengthMax)
  return { items, next }
}

const unlimited = { lengthOf: () => 0, lengthMax: 0 }
