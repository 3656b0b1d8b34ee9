import { rotateIfDue } from '../lifecycle/index.ts'
import { type JobOptions, runDueWork } from './job.ts'

/**
 * Rotates the keys whose rotation period is over (AWS KMS developer guide, "Rotate AWS KMS keys"). Keys that are not
 * enabled wait until EnableKey. Returns whether more keys are due.
 */
export function rotateDueKeys(options: JobOptions): Promise<boolean> {
  return runDueWork(
    'rotation',
    async (writer, key, now) => {
      const record = await writer.keys.find(key, key.keyId)
      return record === undefined ? [] : await rotateIfDue(writer, options.hsm, record, now)
    },
    options,
  )
}
