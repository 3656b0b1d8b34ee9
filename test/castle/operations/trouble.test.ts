import { openServer, testProcedure, without } from '../../fixtures/castle/operations.ts'

// docs/operations.md: what to look at, and what to do when something is wrong.

const withoutAws = without('aws')

testProcedure('Monitor', { before: openServer, skip: without('curl') })
testProcedure('When the disk is full', { before: openServer })
testProcedure('When the data directory was stolen', { before: openServer, skip: withoutAws })
testProcedure('When an operator leaves', {
  before: `${openServer}
(
  eval "$(keyward env --keys)"
  aws iam create-user --user-name leaver
  aws iam create-access-key --user-name leaver --query AccessKey.AccessKeyId
)
`,
  variables: { LEAVER: 'leaver' },
  skip: withoutAws,
})
testProcedure('When the clock is wrong', { before: openServer })
