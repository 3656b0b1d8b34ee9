import { ServiceError } from '../../domain/index.ts'
import { required, structure } from '../../std/index.ts'
import type { Store, WitnessedHead } from '../../store/index.ts'
import { headType } from './audit-heads.ts'
import { operation } from './operation.ts'

/** The logs of which an account can have heads here. No head is ever removed. */
const streamsMax = 10
/** An account can record a head a second of each log. Some may come together, as after an outage. */
const headsPerWindowMax = 10
const windowMillis = 10_000

/**
 * Remembers a head of the audit log of a different Keyward, as its witness. A head comes again after a failure, and is then the
 * same. One that contradicts a head from before is refused: the log has been rewritten. An account can record heads of 10 logs,
 * and of each log one a second. Keyward's own operation (docs/audit.md).
 */
export const RecordAuditHead = operation({
  name: 'RecordAuditHead',
  effect: 'write',
  input: structure({ AuditHead: required(headType) }),
  output: undefined,
  async handle({ input: { AuditHead: given }, scope: { accountId }, now, store }) {
    const head: WitnessedHead = {
      accountId,
      stream: given.Stream,
      head: given.Head,
      block: given.Block,
      chain: given.Chain,
      records: given.Records,
      time: given.Time,
      key: given.Key,
      signature: given.Signature,
      witnessedAt: now,
    }
    const known = await store.witnessedHeads.find(accountId, head.stream, head.head)
    if (known !== undefined) {
      if (!isSame(known, head)) throw contradicts(head, known)
      return
    }
    const last = await store.witnessedHeads.findLast(accountId, head.stream)
    if (last !== undefined && !follows(head, last)) throw contradicts(head, last)
    await checkLimits(store.witnessedHeads, head, last === undefined)
    await store.witnessedHeads.insert(head)
  },
})

async function checkLimits(
  heads: Store['reader']['witnessedHeads'],
  { accountId, stream, witnessedAt }: WitnessedHead,
  isNewStream: boolean,
): Promise<void> {
  if (isNewStream) {
    const streams = await heads.listStreams(accountId, streamsMax)
    if (streams.length < streamsMax) return
    throw new ServiceError(
      'LimitExceededException',
      `The account has heads of ${streamsMax} audit logs, and can have heads of no more.`,
    )
  }
  const earlier = await heads.findLast(accountId, stream, headsPerWindowMax - 1)
  if (earlier === undefined || witnessedAt - earlier.witnessedAt >= windowMillis) return
  throw new ServiceError(
    'LimitExceededException',
    `The account has recorded ${headsPerWindowMax} heads of the audit log ${stream} in ${windowMillis / 1000} seconds, and can record one a second.`,
  )
}

function isSame(a: WitnessedHead, b: WitnessedHead): boolean {
  return a.chain === b.chain && a.block === b.block && a.signature === b.signature
}

/** A log only grows. A head between two others that are known would be one that was made later. */
function follows(head: WitnessedHead, last: WitnessedHead): boolean {
  return head.head > last.head && head.block >= last.block && head.records >= last.records
}

function contradicts({ head, stream }: WitnessedHead, known: WitnessedHead): ServiceError {
  return new ServiceError(
    'ConflictException',
    `Head ${head} of the audit log ${stream} contradicts head ${known.head}, which was recorded before.`,
  )
}
