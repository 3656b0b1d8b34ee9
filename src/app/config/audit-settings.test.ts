import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperatorError } from '../../std/index.ts'
import { readAuditSettings } from './audit-settings.ts'

const mebibyte = 1024 * 1024

test('without settings the log is synced, kept for ever and has the defaults of the documents', () => {
  assert.deepEqual(readAuditSettings(undefined).retention, { days: undefined, sizeBytes: undefined })
  const { durability, headIntervalMillis, fileSizeMaxBytes, refusalBytesPerMinute, reserveBytes } =
    readAuditSettings('{}')
  assert.deepEqual(
    [durability, headIntervalMillis, fileSizeMaxBytes, refusalBytesPerMinute, reserveBytes],
    ['synced', 10_000, 1024 * mebibyte, mebibyte, 64 * mebibyte],
  )
})

test('sizes and times have units', () => {
  const read = readAuditSettings(`
durability: written
heads: 5m
files: { maxSize: 2GiB }
refusals: { bytesPerMinute: 0 }
reserve: 1048577
retention: { days: 400, size: 1TiB }
`)
  assert.equal(read.durability, 'written')
  assert.equal(read.headIntervalMillis, 300_000)
  assert.equal(read.fileSizeMaxBytes, 2048 * mebibyte)
  assert.equal(read.refusalBytesPerMinute, 0)
  assert.equal(read.reserveBytes, mebibyte + 1)
  assert.deepEqual(read.retention, { days: 400, sizeBytes: mebibyte * mebibyte })
})

const wrong: [values: string[], says: RegExp][] = [
  [['{durability: none}'], /^audit:1: durability must be synced or written$/],
  [['{heads: 10}', '{heads: 0s}', '{heads: 1d}'], /heads must be a time such as 10s, 5m or 1h/],
  [
    ['{files: {maxSize: 1KiB}}', '{files: {maxSize: big}}', '{files: {maxSize: -1}}'],
    /files\.maxSize must be a size such as 64MiB or 500GiB, and at least 1MiB/,
  ],
  [['{reserve: 1e6}', '{reserve: 1.5MiB}', '{reserve: 99999999TiB}'], /reserve must be a size such as 64MiB/],
  [['{retention: {days: 0}}', '{retention: {days: 1.5}}'], /retention\.days must be a number of days/],
  [['{retention: 5}'], /retention must be a mapping/],
  [['{unknown: a}', '{retention: {age: 5}}'], /is not a setting here; the known settings are/],
  [['/no/such/file'], /^The file \/no\/such\/file cannot be read/],
]
for (const [values, says] of wrong) {
  test(`${values[0]} is refused`, () => {
    for (const value of values)
      assert.throws(
        () => readAuditSettings(value),
        error => error instanceof OperatorError && says.test(error.message),
      )
  })
}
