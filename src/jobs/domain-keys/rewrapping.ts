import { globalDomain } from '../../domain/index.ts'
import type { DomainKeyFacts } from '../../hsm/index.ts'
import { type Millis, monotonicMillis } from '../../std/index.ts'
import type { DomainKeyUses, RewrapProgress } from '../../store/index.ts'
import type { More } from '../scheduler.ts'
import { destroyDomainKeys } from './destroy-domain-keys.ts'
import type { DomainKeyOptions } from './options.ts'
import { Pace } from './pace.ts'

/** A call that made a token before the rotation has ended by then, or its client has tried again. */
export const callMillisMax = 60_000
/**
 * The global domain key seals session tokens, which are valid for 36 hours at most (STS GetSessionToken, DurationSeconds).
 * Everything else that it seals for clients is valid for a shorter time or can be asked for again.
 */
export const sessionMillisMax = 36 * 3_600_000
/** How often a domain key that is still needed is looked at again. */
const recheckMillis = 3_600_000

/**
 * The job that brings everything under the current domain keys after a rotation, and then destroys the old ones. The store
 * has its place, so that it goes on after a kill where it was. It works in phases (`RewrapPhase`).
 */
export class Rewrapping {
  readonly #options: DomainKeyOptions
  readonly #pace = new Pace()
  /** The uses that the last count found, to see whether the round after it changed anything. */
  #usesBefore = 0
  #recheckAt: Millis = 0
  /** The destroyed domain keys that are still in memory, and since when. */
  readonly #destroyed = new Map<string, Millis>()

  constructor(options: DomainKeyOptions) {
    this.#options = options
  }

  /** Does the next small part of the work. Throws if it could not be done; it is tried again then. */
  async run(): Promise<More> {
    this.#forgetDestroyed()
    const { store, hsm } = this.#options
    const progress = await store.reader.rewraps.find()
    if (progress === undefined) return false
    const current = hsm.ring.list().filter(({ state }) => state === 'current')
    // The rotation is committed, and about to reach the memory.
    if (current.some(({ domainKeyId }) => progress.retiringIds.includes(domainKeyId))) return false
    if (progress.phase === 'rewrapping')
      return progress.table === '' ? await this.#beginCheck(progress) : await this.#rewrap()
    return await this.#settle(progress)
  }

  /** Re-wraps the next entities in one commit. */
  async #rewrap(): Promise<More> {
    const began = monotonicMillis()
    const workMillis = await this.#options.store.write(async ({ rewraps }) => {
      const workBegan = monotonicMillis()
      const progress = await rewraps.find()
      if (progress?.phase === 'rewrapping')
        await rewraps.put(await rewraps.step(progress, this.#pace.entities))
      return monotonicMillis() - workBegan
    })
    return this.#pace.restAfter(workMillis, monotonicMillis() - began)
  }

  /** Begins the check when no call from before the rotation is left. From then on the store refuses tokens under old keys. */
  async #beginCheck({ startedAt }: RewrapProgress): Promise<More> {
    const { store, clock } = this.#options
    if (clock.now() < startedAt + callMillisMax) return false
    await store.write(async ({ rewraps }) => {
      const progress = await rewraps.find()
      if (progress?.phase === 'rewrapping' && progress.table === '')
        await rewraps.put({ ...progress, phase: 'checking' })
    })
    return true
  }

  /** Looks for what still needs the retiring keys, and destroys those that nothing needs. */
  async #settle(progress: RewrapProgress): Promise<More> {
    const { store, clock } = this.#options
    const now = clock.now()
    const isChecking = progress.phase === 'checking'
    const ids = progress.retiringIds.filter(id => isChecking || this.#isOver(id, progress, now))
    if (ids.length === 0 || (!isChecking && now < this.#recheckAt)) return false
    const uses = await store.reader.rewraps.countUses(ids)
    if (uses.whole > 0 && uses.uses !== this.#usesBefore) return await this.#beginAgain(progress, uses)
    this.#usesBefore = uses.uses
    this.#recheckAt = uses.uses === 0 ? 0 : now + recheckMillis
    const free: string[] = []
    for (const id of ids) {
      const isFree = uses.uses === 0 || (await store.reader.rewraps.countUses([id])).uses === 0
      if (isFree && this.#isOver(id, progress, now)) free.push(id)
    }
    await destroyDomainKeys(this.#options, { before: progress, free, broken: brokenOf(uses, progress) })
    for (const id of free) this.#destroyed.set(id, now)
    return false
  }

  /** Begins one more round: something was written under an old key during the last one. */
  async #beginAgain({ startedAt, retiringIds }: RewrapProgress, { uses }: DomainKeyUses): Promise<More> {
    this.#usesBefore = uses
    await this.#options.store.write(async ({ rewraps }) => {
      const progress = await rewraps.find()
      if (progress?.startedAt === startedAt && progress.retiringIds.length === retiringIds.length)
        await rewraps.put(await rewraps.begin(progress))
    })
    return true
  }

  /** Whether everything that a retiring key sealed for clients is too old to be valid. */
  #isOver(domainKeyId: string, { startedAt }: RewrapProgress, now: Millis): boolean {
    const known = this.#options.hsm.ring.list()
    const key = known.find(other => other.domainKeyId === domainKeyId)
    if (key?.domain !== globalDomain) return true
    return now >= (retiredAt(key, known) ?? startedAt) + sessionMillisMax
  }

  /** Drops destroyed keys from the memory when no call that read an old token is left. */
  #forgetDestroyed(): void {
    const { hsm, clock } = this.#options
    for (const [domainKeyId, at] of this.#destroyed) {
      if (clock.now() < at + callMillisMax) continue
      hsm.ring.forget(domainKeyId)
      this.#destroyed.delete(domainKeyId)
    }
  }
}

/** Names what keeps domain keys needed. A token that does not open shows only when it is re-wrapped. */
function brokenOf({ uses, whole, broken }: DomainKeyUses, progress: RewrapProgress): readonly string[] {
  if (uses === 0) return []
  return whole === 0 ? broken : [...new Set([...broken, ...progress.broken])]
}

/** The facts of a domain key that its retirement follows from. A key from before rotation has no version, and is the first. */
type Versioned = Pick<DomainKeyFacts, 'domain' | 'createdAt'> & { readonly version: number | null }

/** Returns when a domain key retired, which is when the next one of its domain was made; null if that is not known. */
export function retiredAt({ domain, version }: Versioned, known: readonly Versioned[]): Millis | null {
  const next = (version ?? 1) + 1
  return known.find(other => other.domain === domain && other.version === next)?.createdAt ?? null
}
