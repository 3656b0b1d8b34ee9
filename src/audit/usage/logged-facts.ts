import { otherWork } from '../../std/index.ts'
import { type RecordFacts, RecordParser } from '../index/record-facts.ts'
import { LogLines } from '../log/log-lines.ts'
import { listLogNames } from '../log/log-names.ts'
import type { FilePlace } from '../log/log-position.ts'

/** A part of a log: from a place to another, and all of it where they are absent. */
export interface LoggedRange {
  readonly from?: FilePlace | undefined
  readonly to?: FilePlace | undefined
}

/**
 * Reads the facts of the records that accounts may see from the files of a log, in the order in which they were written.
 * Other work has its turn between the parts. A file that retention deletes meanwhile is left out. Throws the system's error.
 */
export async function* loggedFacts(
  directory: string,
  { from, to }: LoggedRange = {},
): AsyncGenerator<readonly RecordFacts[]> {
  const parser = new RecordParser()
  for (const name of await listLogNames(directory)) {
    if (from !== undefined && name < from.file) continue
    if (to !== undefined && name > to.file) return
    const log = openIfThere(directory, name)
    if (log === undefined) continue
    try {
      let offset = name === from?.file ? from.offset : 0
      for (;;) {
        const lines = log.readChunk(offset, name === to?.file ? to.offset : log.sizeBytes)
        if (lines.length === 0) break
        offset += lines.length
        yield factsIn(parser, lines.toString('latin1'))
        await otherWork()
      }
    } finally {
      log.close()
    }
  }
}

function factsIn(parser: RecordParser, text: string): RecordFacts[] {
  const all: RecordFacts[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    const facts = parser.parse(text, start, end)
    if (facts !== undefined) all.push(facts)
    start = end + 1
  }
  return all
}

function openIfThere(directory: string, name: string): LogLines | undefined {
  try {
    return LogLines.open(directory, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
