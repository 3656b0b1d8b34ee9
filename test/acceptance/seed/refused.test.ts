import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { base64 } from '../../fixtures/caller.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { writeSeed } from '../../fixtures/seed.ts'
import { account, fullSeed, keyId, lineOf } from './full-seed.ts'

// A server refuses to start with a seed file that has a mistake, and names its line.

const invalid: Readonly<Record<string, readonly [from: string, to: string, line: string]>> = {
  'a text that is not YAML': ['[alias/orders,', '[alias/orders', 'alias/orders'],
  'the same member twice': [
    '        region: us-east-1',
    '        spec: SYMMETRIC_DEFAULT',
    'spec: SYMMETRIC_DEFAULT\n        material',
  ],
  'an unknown member': ['description:', 'descriptoin:', 'descriptoin'],
  'an account id of 11 digits': [`id: ${account}`, 'id: 11112222333', 'id: 11112222333'],
  'an invalid key id': [`id: ${keyId}`, 'id: my-key', 'id: my-key'],
  'an unknown region': ['us-east-1', 'mars-east-1', `id: ${keyId}`],
  'an unknown spec': ['SYMMETRIC_DEFAULT', 'AES_512', `id: ${keyId}`],
  'material that is not base64': ['AAECAwQ', '!!!!', 'material'],
  'material of 31 bytes': [
    'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    base64(randomBytes(31)),
    'material',
  ],
  'an alias without its prefix': ['alias/orders', 'orders', 'aliases'],
  'an alias that is reserved for AWS': ['alias/orders', 'alias/aws/s3', 'aliases'],
  'a tag that is reserved for AWS': ['team: blue', 'aws:team: blue', 'tags'],
  'an invalid key policy': ['"Effect":"Allow"', '"Effect":"Maybe"', 'policy:'],
  'a policy with an unknown condition operator': [
    'Resource: "*" }',
    'Resource: "*", Condition: { StringAlike: { "aws:username": a } } }',
    '- name: all',
  ],
  'an ARN with an account of eleven digits': [
    'Resource: "*" }',
    'Resource: "arn:aws:kms:us-east-1:11112222333:key/*" }',
    '- name: all',
  ],
  'a key policy without actions': ['"Action":"kms:*"', '"Action":[]', 'policy:'],
  'a key policy with a condition that it cannot have': [
    '"Resource":"*"',
    '"Resource":"*","Condition":{"StringEquals":{"kms:ResourceAliases":"a"}}',
    'policy:',
  ],
  'an invalid time': ['2099-01-31T00:00:00Z', 'tomorrow', 'ASIAALICE'],
  'an access key without a secret': ['            secret: the secret of alice\n', '', 'id: AKIAALICE'],
  'an invalid state': ['enabled: false', 'enabled: maybe', 'enabled'],
}

describe('a server refuses, with the line, a seed that has', { concurrency: 4 }, () => {
  for (const [what, [from, to, line]] of Object.entries(invalid)) {
    test(what, async () => {
      const text = fullSeed.replace(from, to)
      assert.notEqual(text, fullSeed)
      const path = writeSeed(text)
      const said = await refusedStart({ flags: ['--seed', path] })
      assert.ok(said.startsWith(`keyward: ${path}:${lineOf(text, line)}: `), said)
      for (const secret of ['the secret of', 'AwQFBgcICQoLDA0ODxAR', 'a-token'])
        assert.ok(!said.includes(secret), said)
    })
  }
})

test('a server names a seed file that does not exist', async () => {
  assert.match(await refusedStart({ flags: ['--seed', '/nowhere/seed.yaml'] }), /\/nowhere\/seed\.yaml/)
})
