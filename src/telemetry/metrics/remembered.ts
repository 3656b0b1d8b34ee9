import { monotonicMillis } from '../../std/index.ts'

/** Calls a function no more often than once in a time, however often its result is wanted. A failure is not remembered. */
export function remembered<T>(freshMillis: number, read: () => Promise<T>): () => Promise<T> {
  let known: { readonly at: number; readonly result: Promise<T> } | undefined
  return () => {
    const now = monotonicMillis()
    if (known !== undefined && now - known.at < freshMillis) return known.result
    const result = read()
    known = { at: now, result }
    result.catch(() => {
      known = undefined
    })
    return result
  }
}
