import { rm } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { AuditLog, findLastState, renderLogEvent } from '../../audit/index.ts'
import {
  type BackupFacts,
  type BackupSink,
  checkRecipients,
  FileSink,
  hasObject,
  isBackupFacts,
  openS3Sink,
  type WrittenBackup,
  writeBackup,
} from '../../backup/index.ts'
import { parseEnvelope } from '../../hsm/index.ts'
import { callOperator, NoServer, type OperatorRequest } from '../../operator/index.ts'
import { type Json, OperatorError, systemClock, uuid } from '../../std/index.ts'
import { lockDirectory, readRootKeyEnvelope, snapshotDatabase } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import { bucketForm, readBackupPlace } from '../config/recovery/backup-place.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { refuseLostDatabase } from '../parts/first-start.ts'
import { openS3Client } from './backup-target.ts'
import { createdEvent, noteLastBackup } from './created-event.ts'
import { type CutParts, filesOfCut, makeCut } from './cut.ts'

/** The place and the recipients of a backup. */
export interface BackupRequest {
  readonly path: string
  /** Recipients of age. */
  readonly recipients: readonly string[]
  /** Whether a file at `path` is replaced. */
  readonly replaces: boolean
  /** Called from time to time with the bytes of files that are written, and the bytes of all. */
  readonly progress: (written: number, of: number) => void
}

/**
 * Makes a backup of a data directory: of a running server through its operator socket, or of a stopped one. The audit log gets a
 * record of it. Throws OperatorError, and leaves nothing behind then, unless the record alone failed.
 */
export async function makeBackup(config: Config, request: BackupRequest): Promise<WrittenBackup> {
  await checkRecipients(request.recipients)
  const directory = new DataDirectory(config.dataDirectory)
  if (!directory.hasDatabase())
    throw new OperatorError(`There is no database in the data directory ${directory.path}.`)
  const sink = await openSink(config, request)
  try {
    const facts = await askServer(directory)
    if (facts === undefined) return await backUpStopped(config, directory, request, sink)
    const written = await writeCut(directory, facts, request, sink)
    const made = describeBackup(written, request)
    await recordMade(request.path, () => callOperator(directory.path, backupCommand({ made })))
    return written
  } catch (error) {
    await sink.abort()
    throw error
  }
}

const backupCommand = (args: Readonly<Record<string, Json>>): OperatorRequest => ({
  ...{ command: 'backup', arguments: args, secrets: [] },
})

/** A backup without a record is good, so it stays. Throws OperatorError. */
async function recordMade(path: string, record: () => Promise<unknown>): Promise<void> {
  try {
    await record()
  } catch (error) {
    throw new OperatorError(
      `The backup ${path} is complete, but was not recorded: ${(error as Error).message}`,
    )
  }
}

/** Asks the running server for a cut; returns undefined if none runs. */
async function askServer(directory: DataDirectory): Promise<BackupFacts | undefined> {
  let facts: Json
  try {
    facts = await callOperator(directory.path, backupCommand({}))
  } catch (error) {
    if (error instanceof NoServer) return undefined
    throw error
  }
  if (!isBackupFacts(facts))
    throw new OperatorError('The server is of a different version than this command.')
  return facts
}

/** Holds the lock, so that no server starts meanwhile. The root key is not needed. */
async function backUpStopped(
  config: Config,
  directory: DataDirectory,
  request: BackupRequest,
  sink: BackupSink,
): Promise<WrittenBackup> {
  const lock = lockDirectory(directory.path)
  try {
    // A directory that is half restored, or has lost its database, is no good backup.
    refuseLostDatabase(directory)
    directory.removeLeftSnapshots()
    const counts = (await findLastState(directory.auditLogs)) ?? {}
    const events = { failed: () => undefined, recovered: () => undefined }
    const auditLog = await AuditLog.open(directory.auditLogs, systemClock, events)
    try {
      const parts: CutParts = {
        ...{ config, directory, auditLog, clock: systemClock, rootKey: rootKeyOf(directory) },
        whileQuiet: work => work(),
        snapshot: (path, hold) => snapshotDatabase(directory.database, path, hold),
        commitCounts: () => counts,
      }
      const facts = await makeCut(parts)
      const written = await writeCut(directory, facts, request, sink)
      const details = describeBackup(written, request)
      const line = renderLogEvent({
        ...{ eventId: uuid(), time: systemClock.now(), eventName: createdEvent, accountId: undefined },
        ...{ region: config.regions[0] ?? '', serviceEventDetails: details },
      })
      await recordMade(request.path, () => auditLog.append(line))
      const { sizeBytes, manifest } = written
      await recordMade(request.path, async () =>
        noteLastBackup(directory, { at: manifest.madeAt, place: placeOf(request), sizeBytes }),
      )
      return written
    } finally {
      await auditLog.close()
    }
  } finally {
    lock.release()
  }
}

function rootKeyOf(directory: DataDirectory): BackupFacts['rootKey'] {
  const text = readRootKeyEnvelope(directory.database)
  if (text === undefined) return { kind: 'file' }
  const { kind, rootKeyId } = parseEnvelope(text)
  return { kind, rootKeyId }
}

/** Writes the files of a cut. The copy of the database is gone afterwards in any case. */
async function writeCut(
  directory: DataDirectory,
  facts: BackupFacts,
  { recipients, progress }: BackupRequest,
  sink: BackupSink,
): Promise<WrittenBackup> {
  try {
    const files = await filesOfCut(directory, facts)
    return await writeBackup({ facts, files, recipients, progress }, sink)
  } finally {
    await rm(directory.snapshotFor(facts.backupId), { force: true })
  }
}

/** Opens the file or the object that a backup is written to. Throws OperatorError. */
async function openSink(config: Config, { path, replaces }: BackupRequest): Promise<BackupSink> {
  const place = readBackupPlace(path)
  if (place === undefined || (place.type === 's3' && place.key === ''))
    throw new OperatorError(`The backup is '${path}'; it must be a path or ${bucketForm}.`)
  if (place.type === 'path') return await FileSink.open(place.path, replaces)
  try {
    const client = openS3Client(config)
    if (!replaces && (await hasObject(client, place)))
      throw new OperatorError(`The object ${path} exists. Name a different one, or replace it with --force.`)
    return await openS3Sink(client, place)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`The backup ${path} cannot be written: ${(error as Error).message}.`)
  }
}

/** The details of the record of a backup. Recipients are public keys. */
function describeBackup(
  { sizeBytes, manifest }: WrittenBackup,
  request: BackupRequest,
): Readonly<Record<string, Json>> {
  return {
    operatingSystemUser: userInfo().username,
    backupId: manifest.backupId,
    madeAt: manifest.madeAt,
    file: placeOf(request),
    sizeBytes,
    recipients: [...request.recipients],
  }
}

const placeOf = ({ path }: BackupRequest) => (path.startsWith('s3:') ? path : resolve(path))
