import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Figure, growth, operationsOf, type Reading, ratesOf, sumOf } from './figures.ts'

const calls = (operation: string, outcome: string, value: number): Figure => ({
  Name: 'keyward_requests_total',
  Labels: { service: 'kms', operation, outcome },
  Value: String(value),
})
const step = (le: string, value: number): Figure => ({
  Name: 'keyward_request_seconds_bucket',
  Labels: { service: 'kms', operation: 'Decrypt', le },
  Value: String(value),
})
const reading = (second: number, ...Samples: Figure[]): Reading => ({
  Time: new Date(second * 1000),
  Samples,
})

test('rates are the growth of counters for each second', () => {
  const rates = ratesOf([
    reading(0, calls('Decrypt', 'success', 10), calls('Decrypt', 'ThrottlingException', 1)),
    reading(
      ...([5, calls('Decrypt', 'success', 30), calls('Decrypt', 'ThrottlingException', 6)] as const),
      calls('Encrypt', 'AccessDeniedException', 10),
    ),
  ])
  assert.deepEqual(rates, [{ at: new Date(5000), calls: 7, errors: 2, throttled: 1 }])
  assert.deepEqual(ratesOf([]), [])
})

test('a counter that began again with the server counts from zero', () => {
  const [before, after] = [reading(0, calls('a', 'success', 50)), reading(5, calls('a', 'success', 8))]
  assert.equal(growth(before, after, 'keyward_requests_total'), 8)
})

test('an absent metric is not zero', () => {
  assert.equal(sumOf(reading(0), 'keyward_sealed'), undefined)
})

// Prometheus, "Histograms and summaries": the 0.99 quantile lies in the step whose count reaches 99 of 100.
test('an operation has its errors, and the time that nearly all of its calls keep', () => {
  const figures = operationsOf(
    reading(
      ...([0, calls('Decrypt', 'success', 98), calls('Decrypt', 'DisabledException', 2)] as const),
      ...[calls('Encrypt', 'success', 200), calls('Sign', 'success', 0)],
      ...[step('+Inf', 100), step('0.001', 50), step('0.005', 99), step('0.01', 100)],
    ),
  )
  assert.deepEqual(figures, [
    { service: 'kms', operation: 'Encrypt', calls: 200, errors: 0, commonError: '', p99Ms: undefined },
    {
      ...{ service: 'kms', operation: 'Decrypt', calls: 100, errors: 2 },
      ...{ commonError: 'DisabledException', p99Ms: 5 },
    },
  ])
})
