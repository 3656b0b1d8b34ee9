import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { addressOf } from '../fixtures/hsm/gateways.ts'
import { makeToken, whyNoTokens, writePin } from '../fixtures/hsm/softhsm.ts'
import { temporaryFile } from '../fixtures/keyward-process.ts'
import { countInMemory, whyNoMemory } from '../fixtures/process-memory.ts'

test('a process that has used a token has neither PINs nor plaintexts in its memory', {
  skip: whyNoTokens || whyNoMemory,
}, async t => {
  const [pin, next] = [`old-${randomBytes(12).toString('hex')}`, `new-${randomBytes(12).toString('hex')}`]
  const token = makeToken('root', pin)
  const secret = randomBytes(32)
  const secretPath = temporaryFile('secret', '')
  writeFileSync(secretPath, secret)
  const file = new URL('../fixtures/hsm/gateway-user.ts', import.meta.url).pathname
  const child = spawn(
    process.execPath,
    ['--no-warnings', file, JSON.stringify(addressOf(token)), writePin(pin), writePin(next), secretPath],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill())
  const said = async () => String((await once(child.stdout, 'data'))[0]).trim()
  const count = () => countInMemory(child.pid, [Buffer.from(pin), Buffer.from(next), secret])
  assert.match(await said(), /^holding \d+$/)
  assert.ok((count()[2] ?? 0) >= 100, 'the plaintexts that are held are found')
  child.stdin.write('\n')
  assert.equal(await said(), 'done')
  assert.deepEqual(count(), [0, 0, 0])
  child.stdin.write('\n')
  await once(child, 'exit')
})
