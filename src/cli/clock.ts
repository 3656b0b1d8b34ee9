import { type LocalRequest, LocalServer, loadConfig, type SettingValues } from '../app/index.ts'
import { OperatorError } from '../std/index.ts'
import type { Subcommand } from './subcommand.ts'

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** The subcommand that reads or sets the clock of a server in test mode. */
export const clock: Subcommand = {
  summary: 'show the time of a server with a test clock, or set it forward: clock 7d',
  operands: 1,
  async run(flags: SettingValues, [span]: readonly string[]): Promise<void> {
    const server = new LocalServer(loadConfig(flags))
    const { status, json } = await server.send(span === undefined ? readRequest : advanceRequest(span))
    const answer = json as { now?: string; message?: string }
    if (answer.now === undefined) {
      throw new OperatorError(
        `The server at ${server.origin} has no test clock (${answer.message ?? status}). Start it with --test-clock=except-signatures.`,
      )
    }
    process.stdout.write(`${answer.now}\n`)
  },
}

const path = '/test/clock'
const readRequest: LocalRequest = { method: 'GET', path }

function advanceRequest(span: string): LocalRequest {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(span) ?? []
  const seconds = Number(count) * (unitSeconds[unit] ?? Number.NaN)
  if (count === '' || Number.isNaN(seconds)) {
    throw new OperatorError(`'${span}' is not a time span such as 45s, 30m, 12h or 7d.`)
  }
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advanceSeconds: seconds }),
  }
}
