import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { andThen, eachInOrder, inOrder } from './in-order.ts'

describe('steps in order', () => {
  test('steps that return nothing are performed at once', () => {
    const seen: number[] = []
    assert.equal(
      eachInOrder([1, 2, 3], item => {
        seen.push(item)
      }),
      undefined,
    )
    assert.deepEqual(seen, [1, 2, 3])
  })

  test('a step that waits holds up the steps behind it', async () => {
    const seen: string[] = []
    const step = (item: string) => {
      if (item !== 'slow') {
        seen.push(item)
        return undefined
      }
      return Promise.resolve().then(() => {
        seen.push('slow')
      })
    }
    const pending = eachInOrder(['first', 'slow', 'slow', 'last'], step)
    assert.deepEqual(seen, ['first'])
    await pending
    assert.deepEqual(seen, ['first', 'slow', 'slow', 'last'])
  })

  test('no step follows one that fails, at once or later', async () => {
    const fails = (later: boolean) => (item: number) => {
      assert.ok(item < 2, 'a step was performed after the failure')
      if (item === 0) return undefined
      if (later) return Promise.reject(new Error('it fails'))
      throw new Error('it fails')
    }
    assert.throws(() => eachInOrder([0, 1, 2], fails(false)), /it fails/)
    await assert.rejects(async () => eachInOrder([0, 1, 2], fails(true)), /it fails/)
  })
})

describe('a value that may have to be waited for', () => {
  test('is handed on at once where it is there', () => {
    assert.equal(
      andThen(1, value => value + 1),
      2,
    )
  })

  test('is handed on when it comes', async () => {
    const pending = andThen(Promise.resolve(1), value => value + 1)
    assert.ok(pending instanceof Promise)
    assert.equal(await pending, 2)
  })
})

describe('steps with the same arguments', () => {
  test('are performed in order, and wait for each other', async () => {
    const seen: string[] = []
    const atOnce = (name: string) => (a: number, b: number) => {
      seen.push(`${name} ${a} ${b}`)
    }
    const later = async (a: number, b: number) => {
      await undefined
      seen.push(`later ${a} ${b}`)
    }
    assert.equal(inOrder([atOnce('first')], 1, 2), undefined)
    const pending = inOrder([later, atOnce('last')], 1, 2)
    assert.deepEqual(seen, ['first 1 2'])
    await pending
    assert.deepEqual(seen, ['first 1 2', 'later 1 2', 'last 1 2'])
  })
})
