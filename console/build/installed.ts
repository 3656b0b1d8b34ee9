import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { consoleDirectory } from './options.ts'

/** Whether the packages of the console are there: npm writes this file last. A server needs none of them. */
export const isInstalled = existsSync(join(consoleDirectory, 'node_modules/.package-lock.json'))

/** Ends the program if the packages of the console are not there. */
export function requireInstalled(): void {
  if (isInstalled) return
  process.stderr.write('The packages of the console are not installed: npm ci --prefix console\n')
  process.exit(1)
}
