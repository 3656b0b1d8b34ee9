import { rm } from 'node:fs/promises'
import {
  type BackupFacts,
  type BackupTarget,
  backupNameOf,
  backupsToDelete,
  checkRecipients,
  type NamedBackup,
  writeBackup,
} from '../../backup/index.ts'
import { Scheduler } from '../../jobs/index.ts'
import type { Millis } from '../../std/index.ts'
import type { BackupSettings } from '../config/recovery/backup-settings.ts'
import type { Base } from '../parts/base.ts'
import { openBackupTarget, shownPlace } from './backup-target.ts'
import { filesOfCut } from './cut.ts'
import { OwnBackups } from './own-backups.ts'
import { type BackedUpServer, cutServer, recordBackup } from './server-backup.ts'

/** How often the job looks whether a backup is due. A target is asked only when it may be. */
const lookMillis = 1000
const retryMillis = 300_000

/** A server with all that its scheduled backups need. */
export interface ScheduledServer extends BackedUpServer {
  readonly base: Base
}

/**
 * Starts the job that makes backups at an interval, and deletes those that are no longer kept. The names in the target, as far as the
 * server made them, say when the last one was made, so a restart changes nothing. Throws OperatorError for recipients that age refuses.
 */
export async function startScheduledBackups(
  server: ScheduledServer,
  settings: BackupSettings,
): Promise<void> {
  await checkRecipients(settings.recipients)
  const { log, cleanup } = server.base
  const backups = new ScheduledBackups(server, settings)
  const job = new Scheduler(
    () => backups.run(),
    lookMillis,
    error => log.error({ err: error, job: 'making a backup' }, 'a job failed'),
  )
  cleanup.add(async () => {
    backups.abort()
    await job.close()
  })
  job.start()
}

/** The backups of a server to one target. */
class ScheduledBackups {
  readonly #server: ScheduledServer
  readonly #settings: BackupSettings
  readonly #target: BackupTarget
  readonly #own: OwnBackups
  readonly #ended = new AbortController()
  /** When the next backup may be due: at once after a start. */
  #nextAt: Millis = 0

  constructor(server: ScheduledServer, settings: BackupSettings) {
    this.#server = server
    this.#settings = settings
    this.#target = openBackupTarget(server.base.config, settings)
    this.#own = new OwnBackups(server.front.directory)
  }

  /** Ends a backup that is under way; its parts are removed. */
  abort(): void {
    this.#ended.abort(new Error('the server stops'))
  }

  /** Makes a backup if one is due. Returns whether there is more to do at once, which there never is. */
  async run(): Promise<boolean> {
    const { base, gate } = this.#server
    const now = base.clock.now()
    const { everyMillis } = this.#settings
    // A clock that was ahead and is right again must not stop the schedule.
    const isEarly = now < this.#nextAt && this.#nextAt <= now + everyMillis
    // A directory without a root key has nothing to back up.
    if (this.#ended.signal.aborted || isEarly || gate.status().state === 'uninitialized') return false
    this.#nextAt = now + Math.min(retryMillis, everyMillis)
    try {
      const newestAt = await this.#newestAt(now)
      // A backup that is made counts, even if the list lacks it: somebody may have moved it away.
      const lastAt = now >= newestAt + everyMillis ? await this.#make() : newestAt
      await this.#deleteOld()
      this.#nextAt = lastAt + everyMillis
    } catch (error) {
      if (!this.#ended.signal.aborted) throw error
    }
    return false
  }

  /** The time of the newest backup. A name in the future is one of a clock that was wrong, and says nothing. */
  async #newestAt(now: Millis): Promise<Millis> {
    const past = (await this.#list()).filter(({ at }) => at <= now)
    return past.at(-1)?.at ?? 0
  }

  async #list(): Promise<readonly NamedBackup[]> {
    return this.#own.among(await this.#target.list(this.#ended.signal))
  }

  /** Makes a backup, and returns the time of its cut. */
  async #make(): Promise<Millis> {
    const { base, front } = this.#server
    const { recipients } = this.#settings
    const { signal } = this.#ended
    const facts = await cutServer(this.#server, signal)
    try {
      const at = Date.parse(facts.madeAt)
      const name = backupNameOf(at, facts.backupId)
      const sizeBytes = await this.#write(facts, { name, at })
      const { backupId, madeAt } = facts
      const to = shownPlace(this.#settings)
      const details = { backupId, madeAt, name, to, sizeBytes, recipients: [...recipients] }
      const place = `${to}${to.endsWith('/') ? '' : '/'}${name}`
      await recordBackup(this.#server, details, { at: madeAt, place, sizeBytes })
      base.log.info({ name, sizeBytes }, 'a backup is complete')
      return at
    } finally {
      await rm(front.directory.snapshotFor(facts.backupId), { force: true })
    }
  }

  /** Writes a backup, and returns its size. */
  async #write(facts: BackupFacts, backup: NamedBackup): Promise<number> {
    const { recipients } = this.#settings
    const { signal } = this.#ended
    const sink = await this.#target.open(backup, signal)
    try {
      this.#own.note(backup.name)
      const files = await filesOfCut(this.#server.front.directory, facts)
      const written = await writeBackup({ facts, files, recipients, progress: () => undefined, signal }, sink)
      return written.sizeBytes
    } catch (error) {
      // The name stays noted: where the last answer was lost, the backup is there all the same.
      await sink.abort()
      throw error
    }
  }

  /** Deletes backups. One that cannot be deleted is logged, and tried again after the next backup. */
  async #deleteOld(): Promise<void> {
    const { base } = this.#server
    const deleted: string[] = []
    for (const { name } of backupsToDelete(await this.#list(), this.#settings.keep, base.clock.now()))
      try {
        await this.#target.delete(name, this.#ended.signal)
        deleted.push(name)
        base.log.info({ name }, 'a backup that is no longer kept was deleted')
      } catch (error) {
        this.#ended.signal.throwIfAborted()
        base.log.error({ err: error, name }, 'a backup that is no longer kept could not be deleted')
      }
    this.#own.forget(deleted)
  }
}
