import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { isRefused } from '../../fixtures/iam-caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { GroupName, startPoliciesWorld, UserName } from './iam-users.ts'

// ARNs of policies that name none, through AWS's SDK.

let keyward: KeywardProcess
let iam: IAM
before(async () => {
  const world = await startPoliciesWorld()
  keyward = world.keyward
  iam = world.iam
})
after(() => keyward.stop())

test('an ARN that is not an ARN of a policy is refused', async () => {
  for (const PolicyArn of ['arn:aws:iam::000000000000:role/x', 'arn:aws:iam::aws:policy/']) {
    await isRefused(iam.getPolicy({ PolicyArn }), 'ValidationError', 400, `ARN ${PolicyArn} is not valid.`)
    // The code differs for boundaries (recorded from AWS, 2026-02-11).
    await isRefused(
      iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary: PolicyArn }),
      'InvalidInput',
      400,
      `ARN ${PolicyArn} is not valid.`,
    )
  }
  // Recorded from AWS, 2025-06-19, with both spaces.
  const PolicyArn = 'longpolicynamebutnoarn'
  for (const call of [
    iam.attachUserPolicy({ UserName, PolicyArn }),
    iam.attachGroupPolicy({ GroupName, PolicyArn }),
    iam.detachUserPolicy({ UserName, PolicyArn }),
    iam.getPolicy({ PolicyArn }),
  ]) {
    await isRefused(call, 'ValidationError', 400, 'Invalid ARN:  Could not be parsed!')
  }
  const foreign = 'arn:aws:iam::111111111111:policy/made'
  await isRefused(iam.attachUserPolicy({ UserName, PolicyArn: foreign }), 'NoSuchEntity', 404)
})
