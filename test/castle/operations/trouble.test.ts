import {
  openServer,
  takeCredentials,
  testNoCall,
  testProcedure,
  without,
} from '../../fixtures/castle/operations.ts'

// docs/operations.md: what to look at, and what to do when something is wrong.

const withoutAws = without('aws')

testProcedure('Monitor', { before: openServer, skip: without('curl') })
testProcedure('When the disk is full', { before: openServer })
testProcedure('When the data directory was stolen', {
  before: `${openServer}${takeCredentials}cp "$CREDENTIALS" stolen
`,
  after: `if cmp -s "$CREDENTIALS" stolen || test -e "$CREDENTIALS.new"; then exit 1; fi
eval "$(keyward env)"
AWS_SHARED_CREDENTIALS_FILE=$CREDENTIALS aws sts get-caller-identity
`,
  skip: withoutAws,
})
testProcedure('When an operator leaves', {
  before: `${openServer}
(
  eval "$(keyward env --keys)"
  aws iam create-user --user-name leaver
  aws iam create-access-key --user-name leaver --query AccessKey.AccessKeyId
)
${takeCredentials}`,
  variables: { LEAVER: 'leaver' },
  skip: withoutAws,
})
for (const title of ['When the data directory was stolen', 'When an operator leaves'])
  testNoCall(title, { CREDENTIALS: '/dev/null', LEAVER: 'leaver' })
testProcedure('When the clock is wrong', { before: openServer })
