import type { Writable } from 'node:stream'
import type { Sink, SinkBatch } from './sink.ts'

/** Writes the records to standard output, one a line. */
export class StdoutSink implements Sink {
  readonly #output: Writable

  constructor(output: Writable) {
    this.#output = output
    // Every write reports its own error. Without this, a reader that goes away would end the server.
    output.on('error', () => {})
  }

  async deliver({ lines }: SinkBatch): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#output.write(`${lines.join('\n')}\n`, error => {
        if (error) reject(error)
        else resolve()
      })
    })
  }

  async close(): Promise<void> {}
}
