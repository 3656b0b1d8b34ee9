import type { DomainKeyFacts } from '../../hsm/index.ts'
import { OperatorError } from '../../std/index.ts'
import type { RewrapProgress } from '../../store/index.ts'
import { type DomainKeyOptions, recordChange } from './options.ts'

/** A rotation that cannot begin. */
export class RotationRefused extends OperatorError {
  readonly code: 'RewrapUnderWay' | 'UnknownDomain'

  constructor(code: RotationRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Makes new domain keys for Regions or `global`, or for all domains if none is named. The new keys protect everything that
 * is written from then on, and the job `Rewrapping` brings the rest under them. Returns the domains. Throws RotationRefused for
 * an unknown domain, and while entities are re-wrapped.
 */
export async function rotateDomainKeys(
  options: DomainKeyOptions,
  named: readonly string[] = [],
): Promise<readonly string[]> {
  const { store, hsm, clock, appendCommitted } = options
  const domains = chooseDomains(hsm.ring.list(), named)
  const { change, record } = await store.write(async writer => {
    const now = clock.now()
    const before = await writer.rewraps.find()
    refuseTwo(before)
    const stored = await writer.domainKeys.list()
    const change = hsm.ring.rotate(options.rootKey(), stored, domains, now)
    await writer.domainKeys.change(change)
    const retired = change.put.filter(({ state }) => state === 'retiring')
    // Domain keys that still wait for their end retire together with the new ones.
    const progress = await writer.rewraps.begin({
      startedAt: now,
      domains: [...new Set([...(before?.domains ?? []), ...domains])],
      retiringIds: [...(before?.retiringIds ?? []), ...retired.map(({ domainKeyId }) => domainKeyId)],
    })
    await writer.rewraps.put(progress)
    const record = recordChange(options, 'RotateDomainKeys', now, {
      domainKeys: change.put
        .filter(({ state }) => state === 'current')
        .map(({ domain, domainKeyId, version }) => ({ domain, domainKeyId, version })),
      retiringDomainKeyIds: retired.map(({ domainKeyId }) => domainKeyId),
    })
    await writer.outbox.insert(record)
    return { change, record }
  })
  change.apply()
  await appendCommitted(record.eventId, record.line)
  return domains
}

function chooseDomains(known: readonly DomainKeyFacts[], named: readonly string[]): readonly string[] {
  const all = [...new Set(known.map(({ domain }) => domain))]
  const unknown = named.find(domain => !all.includes(domain))
  if (unknown !== undefined)
    throw new RotationRefused(
      'UnknownDomain',
      `${unknown} has no domain key. There are domain keys for ${all.join(', ')}.`,
    )
  return named.length === 0 ? all : [...new Set(named)]
}

function refuseTwo(progress: RewrapProgress | undefined): void {
  if (progress === undefined || progress.phase === 'waiting') return
  const { domains, done, total } = progress
  throw new RotationRefused(
    'RewrapUnderWay',
    `The domain keys of ${domains.join(', ')} were rotated, and ${done} of ${Math.max(done, total)} entities are under the new ones. Rotate again when all are.`,
  )
}
