import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { cutTornRecord } from './torn-record.ts'

const directory = mkdtempSync(join(tmpdir(), 'keyward-torn-'))
after(() => rmSync(directory, { recursive: true }))

test('records whose members look like the lines of blocks do not end the search for zeros', async () => {
  const path = join(directory, 'log.jsonl')
  const block = '{"auditBlock":{"block":1}}\n'
  const whole = `${block}{"eventName":"Encrypt"}\n`
  // A client chooses the names in an encryption context.
  const forged = `{"requestParameters":{"encryptionContext":{"auditBlock":"1"}},"filling":"${'x'.repeat(8000)}"}\n`
  const isCutAfter = async (lines: string) => {
    writeFileSync(path, `${whole}${'\0'.repeat(4096)}\n${lines}`)
    await cutTornRecord(path)
    return readFileSync(path, 'utf8') === whole
  }
  assert.ok(await isCutAfter(forged.repeat(40)))
  assert.ok(await isCutAfter(`${block}${'x'.repeat(70_000)}\n`.repeat(3)))
})
