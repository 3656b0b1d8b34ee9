import { monotonicMillis } from '../std/index.ts'

const intervalMillis = 1000
const mebibyte = 1024 * 1024

/** Returns a function that shows on standard error, at most once a second, how far work on bytes is. */
export function showProgress(what: string): (done: number, of: number) => void {
  const startedAt = monotonicMillis()
  let shownAt = startedAt
  return (done, of) => {
    const now = monotonicMillis()
    if (now - shownAt < intervalMillis) return
    shownAt = now
    process.stderr.write(
      `${what}: ${mebibytes(done)} of ${mebibytes(of)} MiB, ${speed(done, now - startedAt)}\n`,
    )
  }
}

/** Returns a size with one decimal. */
export const mebibytes = (sizeBytes: number): string => (sizeBytes / mebibyte).toFixed(1)

/** Returns the speed of work on bytes. */
export const speed = (sizeBytes: number, millis: number): string =>
  `${(sizeBytes / mebibyte / Math.max(millis / 1000, 0.001)).toFixed(0)} MiB/s`
