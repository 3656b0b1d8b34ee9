import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notKept, shownSettings } from './shown-settings.ts'

test('a backup keeps the values of settings that have no secrets', () => {
  const given = {
    regions: 'us-east-1,eu-west-1',
    host: '127.0.0.1',
    'tls-key': '/keys/server.pem',
    'hsm-clusters': '[]',
  }
  assert.deepEqual(shownSettings(given), given)
})

test('a backup keeps the origins of URLs, however they are written', () => {
  for (const [url, origin] of [
    ['https://user:pass,word@collector.example.com:4318/a?key=secret', 'https://collector.example.com:4318'],
    // WHATWG URL takes all of these for https://h/, with the rest as its path.
    ['https:/h/SECRET', 'https://h'],
    ['https:\\h\\SECRET', 'https://h'],
    ['https://h/a"SECRET', 'https://h'],
    ['https://u:p"SECRET@h', 'https://h'],
    ['https://u:p SECRET@h', 'https://h'],
    ['https://h%2e/%53ECRET', 'https://h.'],
    ['tcp://h/SECRET', notKept],
    ['SECRET', notKept],
  ] as const) {
    const shown = shownSettings({ 'traces-endpoint': url, 'trail-s3-endpoint': url })
    assert.deepEqual(shown, { 'traces-endpoint': origin, 'trail-s3-endpoint': origin })
  }
})

test('a backup keeps nothing of settings that can have secrets anywhere', () => {
  const yaml = String.raw`{"sinks":[{"type":"webhook","url":"https:\/\/hooks.example\/SECRET9"}]}`
  const rootKey = 'kms:arn?endpoint=https%3A%2F%2Fu%3ASECRET@h'
  const given = { audit: yaml, backup: yaml, 'oidc-issuers': yaml, pkcs11: yaml, 'root-key': rootKey }
  assert.deepEqual(shownSettings(given), {
    ...{ audit: notKept, backup: notKept, 'oidc-issuers': notKept, pkcs11: notKept, 'root-key': notKept },
  })
})
