import type { WrappedDomainKey } from '../../../hsm/index.ts'
import { OperatorProblem, type RotateResult } from '../../../operator/index.ts'
import type { RewrapProgress } from '../../../store/index.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'
import { ownEvent } from './events.ts'

/**
 * Makes new domain keys: of one domain, or of all. The old ones retire, and re-wrapping begins; both are one commit with the
 * audit record. Throws OperatorProblem for an unknown domain, and while a re-wrapping is under way.
 */
export async function rotateDomainKeys(
  base: Base,
  state: State,
  domain: string | undefined,
): Promise<RotateResult> {
  const { store, hsm, inUse, audit } = state
  if (audit.failure !== undefined)
    throw new OperatorProblem('NotRecorded', `The domain keys stay as they are: ${audit.failure}.`)
  const now = base.clock.now()
  const { change, event, domains } = await store.write(async writer => {
    const before = await writer.rewraps.find()
    refuseUnderWay(before)
    const stored = await writer.domainKeys.list()
    const domains = chooseDomains(stored, domain)
    const change = hsm.ring.rotate(inUse.rootKey, stored, domains, now)
    await writer.domainKeys.change(change)
    const retired = change.put.filter(({ state }) => state === 'retiring').map(key => key.domainKeyId)
    await writer.rewraps.put(
      await writer.rewraps.begin({
        startedAt: now,
        // A key that still waits for session tokens to expire waits for those of this moment, too.
        domains: [...new Set([...(before?.domains ?? []), ...domains])],
        retiringIds: [...(before?.retiringIds ?? []), ...retired],
      }),
    )
    const event = ownEvent(base, state, 'RotateDomainKeys', { domains, retiringDomainKeyIds: retired })
    await writer.outbox.insert(event)
    return { change, event, domains }
  })
  change.apply()
  await audit.appendCommitted(event.eventId, event.line)
  return { domains }
}

function refuseUnderWay(progress: RewrapProgress | undefined): void {
  if (progress === undefined || progress.phase === 'waiting') return
  const { phase, done, total } = progress
  throw new OperatorProblem(
    'RewrapUnderWay',
    `A re-wrapping is under way: ${phase}, ${done} of ${total} entities. Wait for its end; keyward operator status shows it.`,
  )
}

function chooseDomains(stored: readonly WrappedDomainKey[], domain: string | undefined): string[] {
  const known = [...new Set(stored.map(key => key.domain))].sort()
  if (domain === undefined) return known
  if (known.includes(domain)) return [domain]
  throw new OperatorProblem(
    'UnknownDomain',
    `There is no domain key of ${domain}. The domains are ${known.join(', ')}.`,
  )
}
