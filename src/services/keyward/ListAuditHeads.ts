import { integer, list, required, structure } from '../../std/index.ts'
import { headType, streamType } from './audit-heads.ts'
import { operation } from './operation.ts'

const pageSize = 1000

/**
 * Lists the heads of an audit log that the caller's account gave this server to remember, by their numbers, at most 1000 at a
 * time. `After` is the number of the last head that the caller has. Keyward's own operation (docs/audit.md).
 */
export const ListAuditHeads = operation({
  name: 'ListAuditHeads',
  effect: 'read',
  input: structure({ Stream: required(streamType), After: integer({ min: 0 }) }),
  output: structure({ AuditHeads: required(list(headType)) }),
  async handle({ input: { Stream, After }, scope: { accountId }, store }) {
    const { items } = await store.witnessedHeads.list(accountId, Stream, {
      after: After === undefined ? undefined : String(After),
      limit: pageSize,
    })
    return {
      AuditHeads: items.map(({ stream, head, block, chain, records, time, key, signature }) => ({
        ...{ Stream: stream, Head: head, Block: block, Chain: chain, Records: records },
        ...{ Time: time, Key: key, Signature: signature },
      })),
    }
  },
})
