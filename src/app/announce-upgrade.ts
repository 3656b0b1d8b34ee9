import type { Logger } from 'pino'
import type { Migrated } from '../store/index.ts'

/**
 * Says in the log, and through `announce`, which migrations an opening of the database applied. Says nothing if it applied none,
 * or if the database is new.
 */
export function announceUpgrade(
  log: Logger,
  { from, names }: Migrated,
  announce?: (text: string) => void,
): void {
  if (from === undefined || names.length === 0) return
  const text = `Upgraded the data directory from ${from}: ${names.join(', ')}.`
  // An older version cannot open the directory any more.
  log.warn(text)
  announce?.(text)
}
