import type { Socket } from 'node:net'
import { Engine } from '../../../src/http/engine/engine.ts'
import { engineLimitDefaults } from '../../../src/http/engine/limits.ts'
import type { MemorySocket } from './memory-socket.ts'
import type { Report, Side } from './sides.ts'

/** Keyward's engine with a handler that echoes. */
export class EngineSide implements Side {
  readonly name = 'ours'
  readonly #engine = new Engine<Report>(
    {
      take: (exchange, body) => {
        const { method, target, headers, repeated, facts: report } = exchange
        report({
          method,
          target,
          headers: copyOf(headers),
          body: body.toString('latin1'),
          isRepeated: repeated !== undefined,
        })
        exchange.answer({ status: 200, headerLines: '', body: 'ok' })
      },
      refuseBody: () => ({ status: 413, headerLines: '', body: '' }),
      refusalHeaderLines: () => '',
      now: () => Date.now(),
    },
    engineLimitDefaults,
  )

  serve(socket: MemorySocket, report: Report): void {
    this.#engine.serve(socket as unknown as Socket, report)
  }

  async close(): Promise<void> {
    await this.#engine.close(0)
  }
}

function copyOf(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const copy: Record<string, string> = Object.create(null) as Record<string, string>
  for (const name of Object.keys(headers)) copy[name] = headers[name] ?? ''
  return copy
}
