import { availableParallelism } from 'node:os'
import type { RsaGenerator } from './key-pair-specs.ts'
import { SlowLane } from './slow-lane.ts'

// The lanes together leave one processor free if there are three or more; of two processors, each lane may use one.
const processors = availableParallelism()
const makingThreads = Math.max(1, Math.floor(processors / 4))
const usingThreads = Math.max(1, processors - 1 - makingThreads)

/** The slow lanes of the HSM. */
export class Lanes {
  /** For work with keys. */
  readonly using = new SlowLane({ threadsMax: usingThreads })
  /**
   * For keys that are made or checked, so that no signature waits until primes are found. That takes seconds of a
   * processor, and a busy machine gives these threads little of it.
   */
  readonly making = new SlowLane({ threadsMax: makingThreads, silenceMillisMax: 600_000 })
  readonly generateRsa: RsaGenerator = modulusLength =>
    this.making.run(`generateRsa${modulusLength}`, undefined)

  close(): void {
    this.using.close()
    this.making.close()
  }
}
