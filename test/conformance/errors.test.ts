import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { kms } from '../../src/services/index.ts'
import { model, unlessModelled } from './aws-model.ts'
import { causelessErrors, errorCauses, errorsMade } from './error-causes.ts'
import { quotas } from './error-causes-in-inputs.ts'
import { World } from './world.ts'

// Every error that an operation of AWS KMS declares happens for the same cause as in AWS.

let world: World
before(async () => {
  world = await World.start({ flags: ['--quotas', quotas] })
})
after(() => world.stop())

test('every declared error of every operation has a cause here, or a reason for having none', {
  skip: unlessModelled('whether all declared errors are made'),
}, () => {
  for (const operation of kms.operations.keys()) {
    const declared = model?.operations[operation]?.errors ?? []
    const causeless = declared.filter(error =>
      causelessErrors.some(
        row => row.error.test(error) && (row.operations === undefined || row.operations.includes(operation)),
      ),
    )
    const where = 'error-causes-in-keys.ts, error-causes-in-inputs.ts or causelessErrors in error-causes.ts'
    assert.deepEqual(
      [...errorsMade(operation), ...causeless].sort(),
      [...declared].sort(),
      `${operation} must be in ${where} for each error that it declares`,
    )
  }
})

test('every reason belongs to an error that is still declared', {
  skip: unlessModelled('whether errors without a cause are declared'),
}, () => {
  for (const { error, operations } of causelessErrors) {
    const declaring = [...kms.operations.keys()].filter(operation =>
      model?.operations[operation]?.errors.some(name => error.test(name)),
    )
    assert.ok(declaring.length > 0, String(error))
    for (const operation of operations ?? [])
      assert.ok(declaring.includes(operation), `${operation} ${error}`)
  }
})

for (const { error, operations, make } of errorCauses) {
  describe(error, () => {
    for (const operation of operations) {
      test(operation, async () => {
        const { input, text, caller = world.caller } = await make(world, operation)
        await caller.isRefused(operation, input, error, text)
      })
    }
  })
}
