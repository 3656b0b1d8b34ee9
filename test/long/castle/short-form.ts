import { after, test } from 'node:test'
import { temporaryDirectory } from '../../fixtures/keyward-process.ts'
import type { Operation } from './operation.ts'
import { OperationRun } from './runner.ts'

const rounds = 3

/** Declares a test of each operation with a few kills: the short form of `npm run long -- castle`. */
export function testKills(operations: readonly Operation[]): void {
  for (const operation of operations) {
    after(() => operation.end())
    test(`nothing is lost when ${operation.name} is killed, and it can be done again`, async () => {
      const run = new OperationRun(operation, temporaryDirectory())
      await run.measure()
      for (let round = 0; round < rounds; round++) await run.round((round + Math.random()) / rounds)
    })
  }
}
