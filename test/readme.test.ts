import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { settings } from '../src/app/index.ts'
import { kms } from '../src/services/index.ts'
import { renderStatusTable } from './conformance/status-table.ts'

const readme = readFileSync(join(resolve(import.meta.dirname, '..'), 'README.md'), 'utf8')

/** The operations that AWS's own SDK knows today. */
const awsOperations = Object.keys(sdk)
  .filter(name => name.endsWith('Command') && name !== 'KMSCommand' && name !== '$Command')
  .map(name => name.slice(0, -'Command'.length))
  .sort()

test('every operation of AWS KMS is built', () => {
  assert.equal(awsOperations.length, 56)
  assert.deepEqual(
    [...kms.operations.keys()].sort(),
    awsOperations,
    'src/services/kms/index.ts must have the operations of the SDK, each once',
  )
})

test('the status table is true', () => {
  const [table] = /^\| operation \|.*\n(\|.*\n)+/m.exec(readme) ?? []
  const expected = `${renderStatusTable()}\n`
  assert.equal(table, expected, `The status table of README.md must be:\n\n${expected}`)
})

test('the settings table has every setting with its variable', () => {
  for (const [name, { env }] of Object.entries(settings)) {
    const row = `| \`--${name}\` | \`${env}\` |`
    assert.ok(readme.includes(row), `The settings table of README.md has no row that begins with ${row}`)
  }
})
