import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The directory for the data of long runs; the one for temporary files if absent. */
export const directoryVariable = 'KEYWARD_LONG_DIRECTORY'

/** A directory for the data of a run. `remove` removes it; so does an interrupt. */
export function makeWorkDirectory(run: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(process.env[directoryVariable] ?? tmpdir(), `keyward-${run}-`))
  const remove = () => rmSync(path, { recursive: true, force: true })
  process.once('SIGINT', () => {
    remove()
    process.exit(130)
  })
  return { path, remove }
}
