import { useState } from 'react'
import { useAct } from '../../wire/use-call.ts'
import { withRetries } from '../../wire/with-retries.ts'
import type { ActedKey } from './acted-key.ts'

/** How far an action on one of several keys is. */
export type Outcome =
  | { readonly state: 'running' }
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly error: Error }

/** The outcomes by key ID. A key that is not there has not been tried yet. */
export type Outcomes = Readonly<Record<string, Outcome>>

/** Does something to several keys, one after the other. A key that refuses does not keep the others from it. */
export function useEachKey(act: (key: ActedKey) => Promise<unknown>, changes: readonly string[]) {
  const [outcomes, setOutcomes] = useState<Outcomes>({})
  const run = useAct(async (keys: readonly ActedKey[]) => {
    let failed = 0
    for (const key of keys) {
      const set = (outcome: Outcome) => setOutcomes(known => ({ ...known, [key.KeyId]: outcome }))
      set({ state: 'running' })
      try {
        await withRetries(() => act(key))
        set({ state: 'done' })
      } catch (error) {
        failed++
        set({ state: 'failed', error: error as Error })
      }
    }
    return { failed }
  }, changes)
  return { outcomes, run }
}
