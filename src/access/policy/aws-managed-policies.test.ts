import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsManagedPolicies } from '../../domain/index.ts'
import { compilePolicy } from './compile.ts'

test('the engine evaluates all of AWS’s policies that are here', () => {
  for (const [arn, { document }] of awsManagedPolicies)
    assert.ok(compilePolicy(document, 'identity', arn).statements.length > 0)
})
