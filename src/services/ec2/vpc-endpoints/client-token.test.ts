import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleEndpoint } from '../../../../test/fixtures/private-endpoints/sample-vpc.ts'
import type { ServiceError } from '../../../domain/index.ts'
import { checkSameRequest, clientTokenOf } from './client-token.ts'

const refused = (act: () => unknown, code: string) =>
  assert.throws(act, (error: ServiceError) => error.code === code)

test('a client token stands for all other parameters of its request', () => {
  const of = (input: object) => clientTokenOf({ ClientToken: 'a', ...input })
  assert.equal(clientTokenOf({}), undefined)
  assert.equal(clientTokenOf({ ClientToken: '' }), undefined)
  const first = { ...sampleEndpoint, clientToken: of({ VpcId: 'vpc-1' }) }
  checkSameRequest(of({ VpcId: 'vpc-1', DryRun: true }), first)
  refused(() => checkSameRequest(of({ VpcId: 'vpc-2' }), first), 'IdempotentParameterMismatch')
  refused(() => checkSameRequest(of({}), first), 'IdempotentParameterMismatch')
  refused(
    () => checkSameRequest(of({ VpcId: 'vpc-1', SubnetId: ['subnet-1'] }), first),
    'IdempotentParameterMismatch',
  )
})

test('a client token has at most 64 ASCII characters', () => {
  assert.equal(clientTokenOf({ ClientToken: 'x'.repeat(64) })?.token.length, 64)
  for (const ClientToken of ['x'.repeat(65), 'ü', 'a\n'])
    refused(() => clientTokenOf({ ClientToken }), 'InvalidParameterValue')
})
