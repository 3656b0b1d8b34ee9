import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkUpgrade, digestsOf } from '../fixtures/castle/upgrade-check.ts'
import { storedNames, unpack } from '../fixtures/data-directories/stored-directory.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import { tamper } from '../fixtures/stopped-database.ts'

// A version refuses a data directory that a newer one has upgraded, and leaves it as it is.

const newerText =
  'The database was written by a newer version of Keyward (it has migration 9999-later). Start that version, or restore a backup from before with keyward restore. Nothing was changed.'

for (const name of storedNames())
  test(`the data directory ${name} is refused, and unchanged, if a newer version wrote it`, async () => {
    const { dataDirectory, environment } = unpack(name)
    tamper({ dataDirectory }, "insert into keyward_migrations values ('9999-later')")
    const { code, stdout } = await checkUpgrade({ dataDirectory, environment })
    assert.deepEqual({ code, stdout }, { code: 2, stdout: `${newerText}\n` })
    const before = digestsOf(dataDirectory)
    assert.equal(await refusedStart({ dataDirectory, environment }), `keyward: ${newerText}\n`)
    // The lock is empty, and says nothing about what the directory has.
    const { 'keyward.lock': _, ...after } = digestsOf(dataDirectory)
    assert.deepEqual(after, before)
  })

test('the name of a migration of a newer version writes no line of its own', async () => {
  const { dataDirectory, environment } = unpack(storedNames()[0] ?? assert.fail('there is none'))
  const name = "'9999' || char(10) || 'The upgrade will work.' || char(27) || '[8m'"
  tamper({ dataDirectory }, `insert into keyward_migrations values (${name})`)
  const shown = newerText.replace('9999-later', '9999 The upgrade will work.\\u{1b}[8m')
  const { code, stdout } = await checkUpgrade({ dataDirectory, environment })
  assert.deepEqual({ code, stdout }, { code: 2, stdout: `${shown}\n` })
  assert.equal(await refusedStart({ dataDirectory, environment }), `keyward: ${shown}\n`)
})
