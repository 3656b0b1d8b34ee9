import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openServer, procedures, testProcedure } from '../../fixtures/castle/operations.ts'
import { checkout } from '../../fixtures/keyward-process.ts'

// docs/operations.md: the first day of a server.

testProcedure('Install')
testProcedure('Guard the root key', {
  before: `${openServer}COPY=$HOME/copy.key; cp /etc/keyward/root.key "$COPY"`,
})
testProcedure('First shares')

test('each procedure of the document is run by one of these files', () => {
  const files = readdirSync(import.meta.dirname).map(name =>
    readFileSync(join(import.meta.dirname, name), 'utf8'),
  )
  const run = files.flatMap(text =>
    Array.from(text.matchAll(/^testProcedure\('([^']+)'/gm), ([, title]) => title),
  )
  assert.deepEqual(run.sort(), [...procedures.keys()].sort())
})

test('the document names metrics that exist', () => {
  const [document, listed] = ['operations', 'metrics'].map(name =>
    readFileSync(join(checkout, `docs/${name}.md`), 'utf8'),
  )
  const names = Array.from(document?.matchAll(/\bkeyward_[a-z_]+\b/g) ?? [], ([name]) => name)
  assert.ok(names.length > 0)
  // test/server/metrics/metrics.test.ts holds the table against a server.
  for (const name of names.filter(name => name !== 'keyward_'))
    assert.ok(listed?.includes(`| \`${name}\` |`), name)
})
