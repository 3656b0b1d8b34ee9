import { service } from '../../operation/index.ts'
import { ExplainAccess } from './ExplainAccess.ts'

/** What the server tells of itself that AWS has no operation for. */
export const keyward = service({
  name: 'keyward',
  eventSource: 'keyward',
  protocol: 'json',
  targetPrefix: 'Keyward',
  operations: [ExplainAccess],
})
