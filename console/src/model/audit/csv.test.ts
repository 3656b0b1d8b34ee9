import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toCsv } from './csv.ts'

test('fields are quoted as RFC 4180 says', () => {
  assert.equal(toCsv(['a', 'b'], [['x,y', 'say "hi"\r\n']]), '"a","b"\r\n"x,y","say ""hi""\r\n"\r\n')
})

// OWASP, "CSV injection": these characters begin a formula.
test('no field begins a formula', () => {
  const begins = fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '＝')
  fc.assert(
    fc.property(begins, fc.string(), (first, rest) => {
      const csv = toCsv([], [[`${first}${rest}`]])
      assert.ok(csv.includes(`"'${first}`), csv)
    }),
  )
  assert.equal(toCsv([], [['a=1', '1-2', '']]).split('\r\n')[1], '"a=1","1-2",""')
})
