import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Choices } from '../../fixtures/choices.ts'
import type { NamedSent } from './differential.ts'
import { makeSent } from './messages.ts'

/** Makes the data of `count` connections from one seed; each has a name with which it is made again. */
export function* generated(seed: number, count: number): Generator<NamedSent> {
  for (let index = 0; index < count; index++)
    yield { name: `DIFFERENTIAL_SEED=${seed + index}`, sent: makeSent(seed + index) }
}

/** The splits with which each file of a corpus is sent: whole, byte by byte, and at random places. */
const splitsOfFile = 6

/**
 * Reads a corpus: a directory of files, each of which has the raw data of one connection. A request that is sure to be taken
 * follows the data, so that a disagreement about its end shows.
 */
export function* corpusOf(directory: string): Generator<NamedSent> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  )
  for (const [number, entry] of names.entries()) {
    const path = join(entry.parentPath, entry.name)
    const file = readFileSync(path)
    for (const after of ['', 'GET /after HTTP/1.1\r\nHost: h\r\n\r\n']) {
      const bytes = Buffer.concat([file, Buffer.from(after)])
      const choices = new Choices(number)
      for (let split = 0; split < splitsOfFile; split++)
        yield { name: path, sent: { bytes, cuts: cutsOf(bytes.length, split, choices) } }
    }
  }
}

function cutsOf(length: number, split: number, choices: Choices): readonly number[] {
  if (length < 2) return []
  const every = split === 1 ? 1 : 0
  if (every > 0) return Array.from({ length: length - 1 }, (_, index) => index + 1)
  const cuts = Array.from({ length: split }, () => 1 + choices.below(length - 1))
  return split === 0 ? [] : [...new Set(cuts)].sort((a, b) => a - b)
}
