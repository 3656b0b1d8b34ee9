import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toConfig } from './config.ts'
import { type SettingValues, settings } from './settings.ts'

// test/server/settings.test.ts has the rest: it gives settings to the command, as an operator does.

test('the configuration reads every setting, since a setting that nothing reads would be ignored', () => {
  const read = new Set<string | symbol>()
  const values: SettingValues = new Proxy(
    {},
    {
      get(_, name) {
        read.add(name)
      },
    },
  )
  toConfig(values)
  // `config` names the file that the settings themselves come from.
  const unread = Object.keys(settings).filter(name => name !== 'config' && !read.has(name))
  assert.deepEqual(unread, [], 'toConfig in src/app/config/config.ts does not read these settings')
})
