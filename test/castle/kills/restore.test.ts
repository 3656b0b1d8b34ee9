import { restoreOperations } from '../../long/castle/operations.ts'
import { testKills } from '../../long/castle/short-form.ts'

testKills(restoreOperations())
