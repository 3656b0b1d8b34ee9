import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { tieringBudget } from './llhttp.ts'

test("the flag of V8 that making llhttp's module changes has its default value again afterwards", () => {
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  const [, value] = /default: --wasm-tiering-budget=(\d+)/.exec(stdout) ?? []
  assert.equal(Number(value), tieringBudget.usual)
})
