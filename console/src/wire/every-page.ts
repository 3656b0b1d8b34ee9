/** The most pages that are read for one list, so that a list without end ends. */
const pagesMax = 1000

/**
 * Reads a list page by page. `read` gets the marker of the page, which is undefined for the first, and returns its items and the
 * marker of the next page.
 */
export async function everyPage<T>(
  read: (marker: string | undefined) => Promise<{
    readonly items: readonly T[]
    readonly next: string | undefined
  }>,
): Promise<T[]> {
  const all: T[] = []
  let marker: string | undefined
  for (let count = 0; count < pagesMax; count++) {
    const { items, next } = await read(marker)
    all.push(...items)
    if (next === undefined) return all
    marker = next
  }
  throw new Error('The list does not end.')
}
