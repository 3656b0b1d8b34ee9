import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { LoginLimit } from './login-limit.ts'
import { TokenProblem } from './problem.ts'

const isLocked = (error: unknown) => error instanceof TokenProblem && error.code === 'PinLocked'

test('five logins to a token that were not right are the last, and a right one before forgets them', () => {
  const path = join(temporaryDirectory(), 'token-logins.json')
  for (const file of [path, undefined]) {
    let limit = new LoginLimit(file)
    const wrong = (times: number) => {
      for (let time = 0; time < times; time++) {
        limit.begin('a')
        // A new process has the file alone.
        if (file !== undefined) limit = new LoginLimit(file)
      }
    }
    wrong(4)
    limit.forget('a')
    wrong(5)
    assert.throws(() => limit.begin('a'), isLocked)
    limit.begin('b')
    limit.undo('b')
  }
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { a: 5 })
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('a count that cannot be read or written allows no login', () => {
  const path = join(temporaryDirectory(), 'token-logins.json')
  for (const text of ['', '{', '[]', '{"a":"1"}', '{"a":-1}', '{"a":1.5}']) {
    writeFileSync(path, text)
    assert.throws(() => new LoginLimit(path).begin('b'), isLocked, text)
  }
  assert.throws(() => new LoginLimit(join(path, 'below')).begin('b'))
})
