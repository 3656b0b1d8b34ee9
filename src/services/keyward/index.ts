import { service } from '../../operation/index.ts'
import { ExplainAccess } from './ExplainAccess.ts'
import { ListAuditHeads } from './ListAuditHeads.ts'
import { ListKeyDetails } from './list-key-details/ListKeyDetails.ts'
import { RecordAuditHead } from './RecordAuditHead.ts'

/** The service with the operations of this server that AWS does not have. */
export const keyward = service({
  name: 'keyward',
  eventSource: 'keyward',
  protocol: 'json',
  targetPrefix: 'Keyward',
  operations: [ExplainAccess, ListAuditHeads, ListKeyDetails, RecordAuditHead],
})
