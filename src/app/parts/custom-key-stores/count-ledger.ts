import { type CountLedger, encryptionsMax, leaseSize } from '../../../hsm/index.ts'
import type { Store } from '../../../store/index.ts'

/** The encryptions of a new key that are not counted one by one: those with which its HSMs are checked. */
const checksMax = 1024

/** The counts of encryptions in the database. */
export function countLedger(store: Store): CountLedger {
  return {
    grant: key =>
      store.write(async ({ tokenKeys }) => {
        const next = (await tokenKeys.countOf(key)) || checksMax
        const end = Math.min(next + leaseSize, encryptionsMax)
        if (end > next) await tokenKeys.setCount(key, end)
        return { next, end }
      }),
    takeBack: (key, { next, end }) =>
      store.write(async ({ tokenKeys }) => {
        if ((await tokenKeys.countOf(key)) === end) await tokenKeys.setCount(key, next)
      }),
  }
}
