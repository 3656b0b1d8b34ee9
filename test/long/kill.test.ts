import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkChain } from '../fixtures/audit/audit-chain.ts'
import { temporaryDirectory } from '../fixtures/keyward-process.ts'
import { KillRun } from './kill.ts'

// The short form of `npm run long -- kill`.

const rounds = 10
const seed = Math.floor(Math.random() * 2 ** 31)

test(`acknowledged changes survive kill -9 under load, with exactly one audit record each (seed ${seed})`, {
  timeout: 240_000,
}, async t => {
  const run = new KillRun(temporaryDirectory(), seed)
  t.after(() => run.kill())
  await run.begin()
  for (let round = 1; round <= rounds; round++) await t.test(`round ${round}`, () => run.round())
  await run.end()
  assert.ok(run.figures.records > rounds * 40, `that was no load: ${run.figures.records} records`)
  assert.ok(run.figures.endpoints > 0, 'no private endpoint was made')
  // A check that shares no code with the server.
  const publicKey = readFileSync(join(run.dataDirectory, 'audit-heads.pem'), 'utf8')
  const { sealed, heads } = checkChain(join(run.dataDirectory, 'audit'), publicKey)
  assert.ok(sealed > rounds && heads > 1, `${sealed} blocks, ${heads} heads`)
})
