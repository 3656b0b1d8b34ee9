import assert from 'node:assert/strict'
import { type StartOptions, startKeyward } from './keyward-process.ts'

/** Asserts that a server does not start, ends with status 1, and returns what it says. */
export async function refusedStart(options: StartOptions): Promise<string> {
  const started = await startKeyward(options).then(
    server => server.stop().then(() => undefined),
    (error: Error) => error.message,
  )
  const said = /^keyward ended with 1: (.*)$/s.exec(started ?? '')?.[1]
  assert.ok(said !== undefined, started ?? 'it started')
  return said
}
