/** The pages of an open-ended list that somebody has visited. Each page begins behind a marker of the server; the first has none. */
export interface PagesVisited {
  readonly starts: readonly (string | undefined)[]
  /** The number of the page that shows, from 1. */
  readonly current: number
}

export const firstPage: PagesVisited = { starts: [undefined], current: 1 }

/** Goes to a page. One behind all visited pages begins behind `next`; without that, there is none, and nothing changes. */
export function goToPage(
  { starts, current }: PagesVisited,
  page: number,
  next: string | undefined,
): PagesVisited {
  if (page >= 1 && page <= starts.length) return { starts, current: page }
  const isNext = page === starts.length + 1 && current === starts.length
  return isNext && next !== undefined ? { starts: [...starts, next], current: page } : { starts, current }
}

/** The marker behind which the page that shows begins. */
export const startOf = ({ starts, current }: PagesVisited): string | undefined => starts[current - 1]
