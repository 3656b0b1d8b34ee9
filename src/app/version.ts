import { readFileSync } from 'node:fs'
import { parseJson } from '../std/index.ts'

/** Returns the version of Keyward, such as `0.1.0`. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (parseJson(text) as { version: string }).version
}
