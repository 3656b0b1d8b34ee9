import { commandsOf, openServer, sharesServer, testProcedure } from '../../fixtures/castle/operations.ts'

// docs/operations.md: changes of keys.

testProcedure('Rotate domain keys', { before: openServer })
testProcedure('Rotate the root key', {
  // The second rotation must leave the key that the first one put aside, under a name with a different second.
  before: `${openServer}cp /etc/keyward/root.key first.key
${commandsOf('Rotate the root key', 2)}
cp /etc/keyward/root.key second.key
sleep 1.1
`,
  after: `cat first.key second.key > expected
cat /etc/keyward/root.key.before-* | cmp - expected
if cmp -s second.key /etc/keyward/root.key; then exit 1; fi
`,
})
testProcedure('Change who keeps the root key', { before: openServer })
testProcedure('Back to a root key in a file', { before: sharesServer })
testProcedure('Upgrade', { before: `${openServer}systemctl stop keyward\n` })
