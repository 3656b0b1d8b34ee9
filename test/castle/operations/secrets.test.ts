import { openServer, startWithoutFile, testProcedure } from '../../fixtures/castle/operations.ts'

// docs/operations.md: a server that is sealed, and secrets that open it.

/** An open server with three shares, of which two are in a file. */
const sharesServer = `${startWithoutFile('shares:')}
keyward operator init --shares 3 --threshold 2 | grep '^keyward-share-v1:' > all
SHARES=$HOME/present
head -n 2 all > "$SHARES"
sed -n 1p all | keyward operator unseal
sed -n 2p all | keyward operator unseal
`

testProcedure('When a share was lost', { before: sharesServer })
testProcedure('When the server is sealed', {
  before: `SECRET=$HOME/passphrase
echo 'correct horse battery staple' > "$SECRET"
${startWithoutFile('passphrase:')}
keyward operator init < "$SECRET"
keyward operator seal
`,
})
testProcedure('When the root key is lost', { before: `${openServer}rm /etc/keyward/root.key` })
