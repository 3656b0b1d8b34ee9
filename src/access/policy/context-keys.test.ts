import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy } from './compile.ts'
import { contextKeysOf } from './context-keys.ts'

// The condition keys that policies refer to (IAM API reference, "GetContextKeysForCustomPolicy").

const keysOf = (Resource: string, values: string[]) =>
  contextKeysOf(
    compilePolicy(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Action: '*',
          Resource,
          Condition: { StringLike: { 'a:Key': values } },
        },
      }),
      'identity',
      'policy',
    ),
  )
/** A policy variable as a policy writes it. */
const variable = (name: string) => `$\{${name}}`

test('keys have the spelling of the policy in variables, not elsewhere', () => {
  const resource = `arn:aws:s3:::b:one/${variable('b:One')}/${variable('*')}`
  const values = ['c:two', variable(' c:Two '), variable('C:TWO'), variable("d:Three, 'none'")]
  assert.deepEqual(keysOf(resource, values), ['b:One', 'a:Key', 'c:Two', 'd:Three'])
})

test('keys are found in one search of a text, however many there are', () => {
  // This would not end if the text were searched again for each key.
  const names = Array.from({ length: 200_000 }, (_, index) => `B:${index}`)
  const variables = names.map(variable)
  assert.equal(keysOf('*', variables).length, names.length + 1)
  assert.equal(keysOf(`arn:aws:s3:::${variables.join('')}`, ['x']).length, names.length + 1)
})
