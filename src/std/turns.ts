/**
 * Gives way to all other work that waits for the thread, and resolves after it. Long work does this between its slices, so
 * that nobody waits for the whole of it.
 */
export function nextTurn(): Promise<void> {
  return new Promise(done => {
    setImmediate(done)
  })
}

/** Works on items in slices of at most `sliceMax`, one after the other, and gives way between them. */
export async function inSlices<T>(
  items: readonly T[],
  sliceMax: number,
  work: (slice: readonly T[]) => void | Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += sliceMax) {
    if (start > 0) await nextTurn()
    await work(items.slice(start, start + sliceMax))
  }
}
