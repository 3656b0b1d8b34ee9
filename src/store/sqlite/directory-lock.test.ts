import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { OperatorError } from '../../std/index.ts'
import { isDirectoryLocked, lockDirectory } from './directory-lock.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-lock-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const taken = (error: unknown) =>
  error instanceof OperatorError &&
  error.message.startsWith(`Another Keyward is running on the data directory ${directory}.`)

/** Starts a process that holds the lock on the directory once this resolves. */
async function startHolder(): Promise<ChildProcess> {
  const module = JSON.stringify(join(import.meta.dirname, 'directory-lock.ts'))
  const program = `
    const { lockDirectory } = await import(${module})
    const lock = lockDirectory(${JSON.stringify(directory)})
    process.stdout.write('locked')
    setInterval(() => lock, 1000)
  `
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = await once(holder.stdout, 'data')
  assert.equal(String(text), 'locked')
  return holder
}

test('a second claim is refused until the first is released', () => {
  const first = lockDirectory(directory)
  assert.throws(() => lockDirectory(directory), taken)
  first.release()
  const second = lockDirectory(directory)
  assert.throws(() => lockDirectory(directory), taken)
  second.release()
})

test('a directory that a second process has locked is refused until that process is killed', async () => {
  const holder = await startHolder()
  try {
    for (let attempt = 0; attempt < 3; attempt++) assert.throws(() => lockDirectory(directory), taken)
  } finally {
    holder.kill('SIGKILL')
    await once(holder, 'exit')
  }
  lockDirectory(directory).release()
})

test('looks at the lock hinder no claim', async () => {
  lockDirectory(directory).release()
  const module = JSON.stringify(join(import.meta.dirname, 'directory-lock.ts'))
  const program = `
    const { isDirectoryLocked } = await import(${module})
    process.stdout.write('looking')
    for (;;) isDirectoryLocked(${JSON.stringify(directory)})
  `
  const looker = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await once(looker.stdout, 'data')
    for (let count = 0; count < 100; count++) lockDirectory(directory).release()
    assert.equal(looker.exitCode, null)
  } finally {
    looker.kill('SIGKILL')
    await once(looker, 'exit')
  }
})

test('a lock file that a killed process left, or that is empty, is no obstacle', () => {
  writeFileSync(join(directory, 'keyward.lock'), '')
  lockDirectory(directory).release()
  lockDirectory(directory).release()
})

test('the lock of one directory does not lock a different one', () => {
  const other = join(directory, 'other')
  mkdirSync(other)
  const locks = [lockDirectory(directory), lockDirectory(other)]
  for (const lock of locks) lock.release()
})

test('a look at the lock finds a holder in this or a second process, and makes no file', async () => {
  assert.equal(isDirectoryLocked(directory), false)
  assert.deepEqual(readdirSync(directory), [])
  const own = lockDirectory(directory)
  assert.equal(isDirectoryLocked(directory), true)
  own.release()
  assert.equal(isDirectoryLocked(directory), false)
  const holder = await startHolder()
  assert.equal(isDirectoryLocked(directory), true)
  assert.equal(isDirectoryLocked(directory), true)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  assert.equal(isDirectoryLocked(directory), false)
})

test('a pipe in the place of the lock is refused, and nothing waits for its other end', () => {
  const path = join(directory, 'keyward.lock')
  assert.equal(spawnSync('mkfifo', [path]).status, 0)
  for (const open of [lockDirectory, isDirectoryLocked]) assert.throws(() => open(directory), /is a pipe/)
})

test('the error names the cause if the lock file cannot be opened', () => {
  mkdirSync(join(directory, 'keyward.lock'))
  assert.throws(
    () => lockDirectory(directory),
    (error: unknown) =>
      error instanceof OperatorError &&
      error.message.startsWith(`The data directory ${directory} cannot be used:`),
  )
})
