import assert from 'node:assert/strict'
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { type LogRange, linesOf, readLines, readRange } from './log-range.ts'

const first = 'keyward-2026-11-28.jsonl'
const second = 'keyward-2026-11-29.jsonl'
const third = 'keyward-2026-11-30.jsonl'
const names = [first, second, third]

function testLog(): string {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, first), 'a1\na2\na3\n')
  writeFileSync(join(directory, second), 'b1\nb2\n')
  writeFileSync(join(directory, third), 'c1\nc2\nc3')
  return directory
}

const textsOf = (range: LogRange) => [...readLines(range)].map(({ line }) => line)

test('a log has its whole lines, over files, each with the place behind it', () => {
  const lines = [...readLines({ directory: testLog(), names })]
  assert.deepEqual(
    lines.map(({ line, file, end }) => [line, file, end]),
    [
      ['a1', first, 3],
      ['a2', first, 6],
      ['a3', first, 9],
      ['b1', second, 3],
      ['b2', second, 6],
      ['c1', third, 3],
      ['c2', third, 6],
    ],
  )
})

test('a range begins and ends at its places', () => {
  const directory = testLog()
  const from = { file: first, offset: 6 }
  assert.deepEqual(textsOf({ directory, names, from, to: { file: third, offset: 3 } }), [
    'a3',
    'b1',
    'b2',
    'c1',
  ])
  assert.deepEqual(textsOf({ directory, names, from, to: { file: first, offset: 6 } }), [])
  assert.deepEqual(textsOf({ directory, names, from: { file: second, offset: 3 } }), ['b2', 'c1', 'c2'])
})

test('a chunk has the lines that its size allows, and a longer line comes whole', () => {
  const directory = testLog()
  const long = 'x'.repeat(100)
  writeFileSync(join(directory, second), `${long}\nb2\n`)
  const chunks: string[][] = []
  for (const chunk of readRange({ directory, names, chunkSizeBytes: 7 }))
    chunks.push([...linesOf(chunk)].map(({ line }) => line))
  assert.deepEqual(chunks.slice(0, 2), [['a1', 'a2'], ['a3']])
  assert.deepEqual(chunks.flat(), ['a1', 'a2', 'a3', long, 'b2', 'c1', 'c2'])
})

test('a range without an end has what is added while it is read', () => {
  const directory = testLog()
  const lines: string[] = []
  for (const { line } of readLines({ directory, names })) {
    lines.push(line)
    if (line === 'c2') appendFileSync(join(directory, third), '\nc4\n')
  }
  assert.deepEqual(lines.slice(-3), ['c2', 'c3', 'c4'])
})

test('a file that retention deleted is an error unless the reader passes over it', () => {
  const directory = testLog()
  rmSync(join(directory, second))
  assert.throws(() => textsOf({ directory, names }), { code: 'ENOENT' })
  assert.deepEqual(textsOf({ directory, names, skipsDeleted: true }), ['a1', 'a2', 'a3', 'c1', 'c2'])
})
