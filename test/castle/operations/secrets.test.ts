import {
  openServer,
  sharesServer,
  startWithoutFile,
  testProcedure,
} from '../../fixtures/castle/operations.ts'

// docs/operations.md: a server that is sealed, and secrets that open it.

testProcedure('When a share was lost', {
  // The reader may have named the file so.
  before: `${sharesServer}mv "$SHARES" shares\nSHARES=shares\n`,
})
testProcedure('When the server is sealed', {
  before: `SECRET=$HOME/passphrase
echo 'correct horse battery staple' > "$SECRET"
${startWithoutFile('passphrase:')}
keyward operator init < "$SECRET"
keyward operator seal
`,
})
testProcedure('When the root key is lost', { before: `${openServer}rm /etc/keyward/root.key` })
