import { parseArgs } from 'node:util'
import { operations } from './castle/operations.ts'
import { OperationRun } from './castle/runner.ts'
import { makeWorkDirectory } from './work-directory.ts'

/**
 * `npm run long -- castle [ROUNDS] [--only NAME]`. Kills each operation on a data directory in each part of its time, and counts the
 * states that the kills left. A directory stays after a fault.
 */
export async function runCastle(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' } },
    allowPositionals: true,
  })
  const rounds = Number(positionals[0] ?? 100)
  const known = operations()
  const chosen = known.filter(({ name }) => values.only === undefined || name === values.only)
  if (chosen.length === 0) {
    console.error(`Name an operation: ${known.map(({ name }) => name).join(', ')}.`)
    process.exitCode = 2
    return
  }
  const directory = makeWorkDirectory('castle')
  let isWhole = true
  for (const operation of chosen) {
    const run = new OperationRun(operation, directory.path)
    try {
      await run.measure()
      for (let round = 0; round < rounds; round++) await run.round(round / rounds)
      await run.aim()
    } catch (error) {
      console.error(error)
      isWhole = false
    } finally {
      await operation.end()
    }
    if (!report(operation.name, run)) isWhole = false
  }
  if (isWhole) directory.remove()
  else process.exitCode = 1
}

/** Prints the counts. Returns whether each state was left. */
function report(name: string, { figures, missing }: OperationRun): boolean {
  const { rounds, aimed, late, millis, seen } = figures
  console.log(
    `${name}: ${rounds} kills in ${millis.toFixed(0)} ms, ${aimed} of them at a state, ${late} after the end`,
  )
  for (const [state, count] of seen) console.log(`  ${count} × ${state}`)
  for (const state of missing) console.log(`  never ${state}`)
  return missing.length === 0
}
