import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeOf } from './operator-rekey.ts'

// The place of a credential is that of systemd.exec(5): /run/credentials/UNIT/ID.

test('the file of a credential of systemd is gone at the next start, so its source is the one to keep', () => {
  assert.equal(
    placeOf('/etc/root.key.before-20261130T000000Z'),
    ', which is in /etc/root.key.before-20261130T000000Z',
  )
  assert.equal(
    placeOf('/run/credentials/keyward.service/root.key'),
    ': keep the file that LoadCredential=root.key of the unit names',
  )
})
