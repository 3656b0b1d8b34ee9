import { existsSync } from 'node:fs'
import type { ExaminedDatabase } from '../../../store/index.ts'
import { type Finding, fault, ok, problemFound, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** A server folds its log into the database all the time. A reader that never ends prevents it. */
const logSizeMaxBytes = 2 ** 30

/** Checks the file of the database, its format and its schema. */
export async function checkDatabaseFile(subject: Subject): Promise<readonly Finding[]> {
  const { directory, isRunning } = subject
  if (existsSync(directory.restoreMarker))
    return [
      fault(
        `A restore of ${directory.path} was interrupted, so no server starts on it.`,
        'Run the same keyward restore again.',
      ),
    ]
  if (!directory.hasDatabase()) {
    const [trace] = directory.listTracesOfUse()
    return [
      trace === undefined
        ? warn(
            `There is no database in ${directory.path} yet.`,
            'Start a server, or name its data directory with KEYWARD_DATA_DIR.',
          )
        : fault(
            `The database ${directory.database} is missing or empty, and ${trace} is there.`,
            'Mount the disk with the database, or restore it from a backup.',
          ),
    ]
  }
  const opened = await subject.database()
  if ('problem' in opened) return [problemFound(opened)]
  const findings = judgeDatabase(opened.value, isRunning)
  return findings.length > 0 ? findings : [ok('The database is whole, and has the format of this version.')]
}

type Facts = Pick<
  ExaminedDatabase,
  'missingMigrations' | 'newerMigration' | 'schemaFault' | 'isErasureDue' | 'logSizeBytes'
>

/** Judges a database that can be read. Returns nothing if all is well. */
export function judgeDatabase(facts: Facts, isRunning: boolean): readonly Finding[] {
  const { missingMigrations, newerMigration, schemaFault, isErasureDue, logSizeBytes } = facts
  const findings: Finding[] = []
  if (newerMigration !== undefined)
    findings.push(
      fault(
        `The database was written by a newer version of Keyward (it has migration ${newerMigration}).`,
        'Start that version, or restore a backup from before with keyward restore.',
      ),
    )
  else if (missingMigrations.length > 0)
    findings.push(
      warn(
        `The next start changes the format of the database: ${missingMigrations.join(', ')}.`,
        'Run keyward upgrade --check, and take a backup: an older version cannot open it afterwards.',
      ),
    )
  if (schemaFault !== undefined)
    findings.push(fault(schemaFault, 'Restore the database from a backup, and find out who changed it.'))
  // A running server erases now; the bytes may be there for a moment.
  if (isErasureDue && !isRunning)
    findings.push(
      warn(
        'Deleted key material may still be in the files of the database.',
        'Start the server: it erases it.',
      ),
    )
  if (logSizeBytes > logSizeMaxBytes)
    findings.push(
      warn(
        `The log of changes of the database has ${Math.floor(logSizeBytes / 2 ** 20)} MiB.`,
        'End programs that keep the database open, or start the server again.',
      ),
    )
  return findings
}
