import { test } from 'node:test'
import { makeKey } from '../../fixtures/caller.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import { serverOfTwoAccounts, userArn } from '../../fixtures/worlds/two-accounts.ts'

// Rules over the whole set of a grant's operations.

const { as } = await serverOfTwoAccounts({
  ours: [seedUser('admin', allow('*')), seedUser('grantee')],
  theirs: [],
})
const [admin, grantee] = [as('admin'), as('grantee')]
const key = await makeKey(admin)

const draft = (more: object) => ({ KeyId: key.id, GranteePrincipal: userArn('grantee'), ...more })

// Recorded from AWS, for a grantee that is no principal either (ansible/ansible, pull request 31960).
test('CreateGrant alone makes no grant for any caller, and AWS says so before it looks at the grantee', async () => {
  const text = 'Grants must not contain only the CreateGrant operation.'
  for (const Operations of [['CreateGrant'], ['CreateGrant', 'CreateGrant']]) {
    for (const more of [
      {},
      { GranteePrincipal: 'rds.us-east-1.amazonaws.com' },
      { DryRun: true },
      { Constraints: { EncryptionContextEquals: { a: '1' } } },
    ]) {
      await admin.isRefused('CreateGrant', draft({ Operations, ...more }), 'ValidationException', text)
    }
    for (const [KeySpec, KeyUsage] of [
      ['HMAC_256', 'GENERATE_VERIFY_MAC'],
      ['RSA_2048', 'SIGN_VERIFY'],
    ] as const) {
      const { id: KeyId } = await makeKey(admin, { KeySpec, KeyUsage })
      await admin.isRefused('CreateGrant', draft({ KeyId, Operations }), 'ValidationException', text)
    }
  }
  const { id: KeyId } = await makeKey(admin)
  await admin.answer('CreateGrant', draft({ KeyId, Operations: ['Encrypt', 'CreateGrant'] }))
  await grantee.isRefused(
    'CreateGrant',
    draft({ KeyId, Operations: ['CreateGrant'] }),
    'ValidationException',
    text,
  )
  // One more operation of any kind is enough, and the others may stand alone. The first and its constraint are those of the
  // tests of Terraform's provider, which run against AWS.
  for (const more of [
    { Operations: ['RetireGrant', 'DescribeKey'], Constraints: { EncryptionContextEquals: { foo: 'bar' } } },
    { Operations: ['ReEncryptTo', 'CreateGrant'] },
    { Operations: ['RetireGrant', 'CreateGrant'] },
    { Operations: ['DescribeKey', 'CreateGrant'] },
    { Operations: ['RetireGrant'] },
    { Operations: ['DescribeKey'] },
  ]) {
    await admin.answer('CreateGrant', draft({ KeyId, ...more }))
  }
})
