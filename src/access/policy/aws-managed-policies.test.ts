import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsManagedPolicies } from '../../domain/index.ts'
import { compilePolicy } from './compile.ts'

test('every AWS managed policy compiles', () => {
  for (const [arn, { document }] of awsManagedPolicies)
    assert.ok(compilePolicy(document, 'identity', arn).statements.length > 0)
})
