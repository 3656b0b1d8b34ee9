import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../../domain/index.ts'
import { chooseSamples } from './GetServerFigures.ts'

const samples = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ name, labels: { index: `${index}` }, value: '0' }))

test('an answer has ten thousand samples at most, and none is left out of more', () => {
  const all = [...samples('many', 10_000), ...samples('few', 1)]
  assert.equal(chooseSamples(all, ['many']).length, 10_000)
  assert.equal(chooseSamples(all, ['few', 'f']).length, 1)
  const isTooMany = (error: unknown) =>
    error instanceof ServiceError &&
    error.code === 'LimitExceededException' &&
    /10001 samples .* with Names/.test(error.text ?? '')
  assert.throws(() => chooseSamples(all, undefined), isTooMany)
  assert.throws(() => chooseSamples(all, ['many', 'few']), isTooMany)
})
