import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownSettings } from './shown-settings.ts'

test('a backup keeps the hosts of URLs, and nothing that may be a secret', () => {
  const given = {
    'traces-endpoint': 'https://user:pass,word@collector.example.com:4318/a?key=secret',
    audit: "sinks:\n  - url: https://hooks.example.com/T0/secret,more?sig=a,b'c\n    type: webhook\n",
    regions: 'us-east-1,eu-west-1',
  } as const
  const shown = shownSettings(given)
  assert.equal(shown['regions'], given.regions)
  const text = JSON.stringify(shown)
  assert.match(text, /https:\/\/hooks\.example\.com\\n/)
  for (const secret of ['secret', 'pass', 'word', 'more', "'c", '/a', '/T0'])
    assert.ok(!text.includes(secret), `${secret} in ${text}`)
})
