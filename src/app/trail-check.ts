import { type TrailVerification, verifyTrails } from '../audit/index.ts'
import { OperatorError } from '../std/index.ts'
import type { Config } from './config/config.ts'
import { DataDirectory } from './parts/data-directory.ts'
import { openDestinations } from './parts/delivery.ts'

/**
 * Compares the buckets of trails with an audit log, that of the data directory if no other is named. It only reads. Throws
 * OperatorError if the log cannot be read.
 */
export async function verifyTrailBuckets(
  config: Config,
  directory: string = new DataDirectory(config.dataDirectory).auditLogs,
): Promise<TrailVerification> {
  try {
    return await verifyTrails(directory, await openDestinations(config))
  } catch (error) {
    throw new OperatorError(`The audit log ${directory} cannot be read: ${(error as Error).message}`)
  }
}
