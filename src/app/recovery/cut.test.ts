import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import type { BackupFacts } from '../../backup/index.ts'
import { OperatorError } from '../../std/index.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { filesOfCut } from './cut.ts'

test('a file of the log that the retention deletes after the cut is not left out in silence', async () => {
  const directory = new DataDirectory(temporaryDirectory())
  mkdirSync(directory.auditLogs)
  const [firstFile, file] = ['keyward-2026-11-29.jsonl', 'keyward-2026-11-30.jsonl']
  for (const name of [firstFile, file]) writeFileSync(join(directory.auditLogs, name), '{}\n')
  const facts = {
    backupId: 'id',
    audit: { stream: 's', firstFile, file, offset: 3 },
  } as unknown as BackupFacts
  assert.deepEqual(
    (await filesOfCut(directory, facts)).map(({ name }) => name),
    ['keyward.db', `audit/${firstFile}`, `audit/${file}`],
  )
  rmSync(join(directory.auditLogs, firstFile))
  await assert.rejects(filesOfCut(directory, facts), OperatorError)
})
