import { openServer, testProcedure } from '../../fixtures/castle/operations.ts'

// docs/operations.md: changes of keys.

testProcedure('Rotate domain keys', { before: openServer })
testProcedure('Rotate the root key', { before: openServer })
testProcedure('Change who keeps the root key', { before: openServer })
testProcedure('Upgrade', { before: `${openServer}systemctl stop keyward\n` })
