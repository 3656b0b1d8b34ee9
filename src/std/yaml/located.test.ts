import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Located } from './located.ts'

const text = `durability: synced

trails:
  # Objects in S3.
  s3:

    region: moon
  buckets:
    - a
`

test('an error about an unknown member names the line of its key, also when the value begins below', () => {
  const top = Located.parse(text, 'file.yaml')
  assert.throws(() => top.members(['durability']), {
    message: 'file.yaml:3: trails is not a setting here; the known settings are durability',
  })
  const { trails } = top.members(['durability', 'trails'])
  assert.throws(() => trails?.members(['buckets']), {
    message: 'file.yaml:5: trails.s3 is not a setting here; the known settings are buckets',
  })
})

test('an error about a value names the line on which the value begins', () => {
  const { trails } = Located.parse(text, 'file.yaml').members(['durability', 'trails'])
  const { s3, buckets } = trails?.members(['s3', 'buckets']) ?? {}
  assert.throws(() => s3?.text(), { message: 'file.yaml:7: trails.s3 must be a text' })
  const [a] = buckets?.items() ?? []
  assert.throws(() => a?.boolean(), { message: 'file.yaml:9: trails.buckets[1] must be true or false' })
})

test('an error about YAML does not quote a value that reads as a tag', () => {
  assert.throws(() => Located.parse('a: 1\nsecret: !!!!hunter2hunter2\n', 'file.yaml'), {
    message: 'file.yaml:2: a value begins with !, which is a tag in YAML; put it in quotes',
  })
})
