import { ApiError } from './errors.ts'

/** How often a call that was throttled is tried again. */
const throttledTriesMax = 4

export const retrying = {
  retry: (count: number, error: Error) =>
    error instanceof ApiError && error.kind === 'throttled' && count < throttledTriesMax,
  /** Milliseconds before the next try, twice as many each time. */
  retryDelay: (count: number) => 500 * 2 ** count,
}

/** Makes a call, and again if it was throttled, as reads are. Throws what the last try threw. */
export async function withRetries<O>(call: () => Promise<O>): Promise<O> {
  for (let count = 0; ; count++) {
    try {
      return await call()
    } catch (error) {
      if (!retrying.retry(count, error as Error)) throw error
      await new Promise(resolve => setTimeout(resolve, retrying.retryDelay(count)))
    }
  }
}
