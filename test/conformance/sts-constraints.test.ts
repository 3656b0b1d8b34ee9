import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sts } from '../../src/services/index.ts'
import { checkConstraints, readModel } from './query-constraints.ts'

// The model is not part of the repository; KEYWARD_STS_MODEL names botocore's sts/2011-06-15/service-2.json, unpacked.

const model = readModel('KEYWARD_STS_MODEL')
const skip = model === undefined && 'the constraints of STS: not tested, as KEYWARD_STS_MODEL names no model'

test('every constraint of the model has a violation in the words of the model', { skip }, () => {
  const count = model === undefined ? 0 : checkConstraints(sts, model)
  assert.ok(count > 60, `${count} constraints`)
})
