import { service } from '../../operation/index.ts'
import { ExplainAccess } from './ExplainAccess.ts'

/** The service with the operations of this server that AWS does not have. */
export const keyward = service({
  name: 'keyward',
  eventSource: 'keyward',
  protocol: 'json',
  targetPrefix: 'Keyward',
  operations: [ExplainAccess],
})
