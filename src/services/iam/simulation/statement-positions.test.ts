import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statementPositions } from './statement-positions.ts'

// The rule for the positions of statements is recorded from AWS (simulator-answers.test.ts).

test('lines and columns begin at 1, and a statement begins where the text before it ends', () => {
  const text = '{"Statement":[\n{"Sid":"a"},\n\n  {"Sid":\n"b"}]}'
  assert.deepEqual(statementPositions(text), [
    { StartPosition: { Line: 1, Column: 15 }, EndPosition: { Line: 2, Column: 12 } },
    { StartPosition: { Line: 2, Column: 12 }, EndPosition: { Line: 5, Column: 5 } },
  ])
})

test('a text is read once, however many lines and statements it has', () => {
  // This test would not end if the lines were counted again for each statement.
  const [lines, statements] = [2_000_000, 200_000]
  const text = `${'\n'.repeat(lines)}{"Statement":[${'{},'.repeat(statements)}{}]}`
  const found = statementPositions(text)
  assert.equal(found.length, statements + 1)
  assert.deepEqual(found.at(-1), {
    StartPosition: { Line: lines + 1, Column: 15 + 3 * statements - 1 },
    EndPosition: { Line: lines + 1, Column: 15 + 3 * statements + 2 },
  })
})
