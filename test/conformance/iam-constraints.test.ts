import assert from 'node:assert/strict'
import { test } from 'node:test'
import { iam } from '../../src/services/index.ts'
import { checkConstraints, readModel } from './query-constraints.ts'

// The model is not part of the repository; KEYWARD_IAM_MODEL names botocore's iam/2010-05-08/service-2.json, unpacked.

const model = readModel('KEYWARD_IAM_MODEL')
const skip = model === undefined && 'the constraints of IAM: not tested, as KEYWARD_IAM_MODEL names no model'

/** The constraints that the model has and the server does not have, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'CreateRole/MaxSigninSessionDuration': 'there is no console to sign in to',
  'UpdateRole/MaxSigninSessionDuration': 'there is no console to sign in to',
}

test('every constraint of the model has a violation in the words of the model', { skip }, () => {
  const count = model === undefined ? 0 : checkConstraints(iam, model, exceptions)
  assert.ok(count > 300, `${count} constraints`)
})
