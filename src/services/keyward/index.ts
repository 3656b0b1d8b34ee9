import { service } from '../../operation/index.ts'
import { ExplainAccess } from './ExplainAccess.ts'
import { GetServerFigures } from './GetServerFigures.ts'
import { ListAuditHeads } from './ListAuditHeads.ts'
import { ListKeyAccess } from './ListKeyAccess.ts'
import { ListOrganizationPolicies } from './ListOrganizationPolicies.ts'
import { ListKeyDetails } from './list-key-details/ListKeyDetails.ts'
import { RecordAuditHead } from './RecordAuditHead.ts'

export type { KeywardTools } from './operation.ts'

/** The service with the operations of this server that AWS does not have. */
export const keyward = service({
  name: 'keyward',
  eventSource: 'keyward',
  protocol: 'json',
  targetPrefix: 'Keyward',
  operations: [
    ExplainAccess,
    GetServerFigures,
    ListAuditHeads,
    ListKeyAccess,
    ListKeyDetails,
    ListOrganizationPolicies,
    RecordAuditHead,
  ],
})
