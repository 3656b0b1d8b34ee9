import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyPrincipal } from './policy-principals.ts'

test('a principal has the name, the path and the type of its ARN', () => {
  // IAM user guide, "IAM ARNs" and "Unique identifiers".
  for (const [id, name, path, type, isDeleted] of [
    ['arn:aws:iam::123456789012:user/Richard', 'Richard', '/', 'User', false],
    [
      'arn:aws:iam::123456789012:user/division_abc/subdivision_xyz/Jane',
      'Jane',
      '/division_abc/subdivision_xyz/',
      'User',
      false,
    ],
    ['arn:aws-cn:iam::123456789012:role/S3Access', 'S3Access', '/', 'Role', false],
    ['arn:aws:iam::123456789012:root', 'root', '', 'Account', false],
    ['arn:aws:sts::123456789012:assumed-role/Accounting/Mary', 'Mary', '/Accounting/', 'Role session', false],
    ['AIDACKCEVSQ6C2EXAMPLE', 'AIDACKCEVSQ6C2EXAMPLE', '', 'Deleted user', true],
    ['AROADBQP57FF2AEXAMPLE', 'AROADBQP57FF2AEXAMPLE', '', 'Deleted role', true],
  ] as const)
    assert.deepEqual(policyPrincipal(id), { id, name, path, type, isDeleted })
})
