import { closeSync, existsSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { monotonicMillis } from '../../../std/index.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

const [syncs, sizeBytes] = [32, 4096]
/** A call waits for one sync of the audit log, and a call that writes for two more of the database. */
const [slowMillis, tooSlowMillis] = [10, 50]
/** A dead disk must not hold the other checks. */
const totalMillisMax = 5000

/** Measures how long the disk takes until written bytes are safe. */
export function checkSync({ directory: { path } }: Subject): readonly Finding[] {
  if (!existsSync(path)) return [ok('There is no data directory yet.')]
  try {
    return [judgeSync(measureSync(join(path, 'doctor.probe')))]
  } catch (error) {
    return [
      fault(
        `The disk of ${path} cannot be written: ${(error as Error).message}.`,
        'Make room on the disk, and run this command as the user of the server.',
      ),
    ]
  }
}

/** `millis` has the times of single syncs. */
export function judgeSync(millis: readonly number[]): Finding {
  const median = millis.toSorted((a, b) => a - b)[Math.floor(millis.length / 2)] ?? 0
  const found = `A sync of 4 KiB takes ${median.toFixed(1)} ms.`
  const remedy = 'Use a disk whose cache survives a power cut: each call waits for a sync of the audit log.'
  if (median > tooSlowMillis) return fault(found, remedy)
  return median > slowMillis ? warn(found, remedy) : ok(found)
}

/** Returns the times of syncs. The file is removed. Throws the system's error. */
export function measureSync(path: string): number[] {
  rmSync(path, { force: true })
  const file = openSync(path, 'wx', 0o600)
  try {
    const bytes = Buffer.alloc(sizeBytes, 'keyward')
    const begin = monotonicMillis()
    const millis: number[] = []
    while (millis.length < syncs && monotonicMillis() - begin < totalMillisMax) {
      const before = monotonicMillis()
      writeSync(file, bytes)
      fdatasyncSync(file)
      millis.push(monotonicMillis() - before)
    }
    return millis
  } finally {
    closeSync(file)
    rmSync(path, { force: true })
  }
}
