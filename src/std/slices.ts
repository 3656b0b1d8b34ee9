import { otherWork } from './turns.ts'

/** Works on items in slices of at most `sliceMax`, one after the other, and gives way between them. */
export async function inSlices<T>(
  items: readonly T[],
  sliceMax: number,
  work: (slice: readonly T[]) => void | Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += sliceMax) {
    if (start > 0) await otherWork()
    await work(items.slice(start, start + sliceMax))
  }
}
