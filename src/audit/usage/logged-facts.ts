import { otherWork } from '../../std/index.ts'
import { type RecordFacts, RecordParser } from '../index/record-facts.ts'
import { listLogNames } from '../log/log-names.ts'
import type { FilePlace } from '../log/log-position.ts'
import { readRange } from '../log/log-range.ts'

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
  const names = await listLogNames(directory)
  for (const { bytes } of readRange({ directory, names, from, to, skipsDeleted: true })) {
    yield factsIn(parser, bytes.toString('latin1'))
    await otherWork()
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
