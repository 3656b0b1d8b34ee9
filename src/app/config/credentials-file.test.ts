import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readCredentialsFile } from './credentials-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'keyward-credentials-'))
after(() => rmSync(directory, { recursive: true }))

function read(text: string) {
  const path = join(directory, 'credentials')
  writeFileSync(path, text)
  return readCredentialsFile(path)
}

test('the profile default is read with its session token, and an empty token is none', () => {
  const pair = 'aws_access_key_id = a\naws_secret_access_key = b\n'
  const temporary = `[default]\n${pair}aws_session_token = t+/=\n`
  const known = { accessKeyId: 'a', secret: 'b' }
  assert.deepEqual(read(temporary), { ...known, sessionToken: 't+/=' })
  for (const rest of ['', 'aws_session_token =\n', '[other]\naws_session_token = t\n'])
    assert.deepEqual(read(`[default]\n${pair}${rest}`), { ...known, sessionToken: undefined })
})
