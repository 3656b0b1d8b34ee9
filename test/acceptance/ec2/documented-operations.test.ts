import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ec2 } from '../../../src/services/ec2/index.ts'
import { checkout } from '../../fixtures/keyward-process.ts'

test('docs/services.md lists every operation of EC2', () => {
  const [, section = ''] = readFileSync(join(checkout, 'docs/services.md'), 'utf8').split(
    '\n## Calls to EC2\n',
  )
  const listed = [...section.matchAll(/^\|[^|\n]*\| ([A-Z]\w+(?:, [A-Z]\w+)*) \|$/gm)].flatMap(
    ([, names = '']) => names.split(', '),
  )
  assert.deepEqual(listed.sort(), [...ec2.operations.keys()].sort())
})
