import { after, test } from 'node:test'
import { temporaryDirectory } from '../fixtures/keyward-process.ts'
import { operations } from '../long/castle/operations.ts'
import { OperationRun } from '../long/castle/runner.ts'

// The short form of `npm run long -- castle`.

const rounds = 3

for (const operation of operations()) {
  after(() => operation.end())
  test(`nothing is lost when ${operation.name} is killed, and it can be done again`, async () => {
    const run = new OperationRun(operation, temporaryDirectory())
    await run.measure()
    for (let round = 0; round < rounds; round++) await run.round((round + Math.random()) / rounds)
  })
}
