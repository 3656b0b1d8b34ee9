import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { pathToFileURL } from 'node:url'

const packCode = pathToFileURL(join(import.meta.dirname, '../../bin/module-pack.mjs')).href

let directory: string
const pathOf = (name: string) => join(directory, name)
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-modules-'))
  writeFileSync(pathOf('main.ts'), "import { word } from './word.ts'\nconsole.log(word satisfies string)\n")
  writeFileSync(pathOf('word.ts'), "export const word: string = 'first'\n")
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Imports main.ts by way of the pack. Returns all that the process prints. */
function run(): string {
  const call = `importPacked(${JSON.stringify(pathToFileURL(pathOf('main.ts')).href)}, ${JSON.stringify(pathOf('pack'))})`
  const script = `import { importPacked } from ${JSON.stringify(packCode)}; await ${call}`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  return `${stdout}${stderr}`
}

/** Replaces a word in the pack by one of the same length. */
function forge(from: string, to: string): void {
  writeFileSync(pathOf('pack'), readFileSync(pathOf('pack'), 'latin1').replace(from, to), 'latin1')
}

test('modules come from the pack while their files are unchanged', () => {
  assert.equal(run(), 'first\n')
  forge('first', 'forge')
  assert.equal(run(), 'forge\n')
})

test('a module whose file has changed comes from the file, and from then on from a new pack', () => {
  run()
  writeFileSync(pathOf('word.ts'), "export const word: string = 'other'\n")
  assert.equal(run(), 'other\n')
  forge('other', 'forge')
  assert.equal(run(), 'forge\n')
})

test('a module that was not in the pack is added to it', () => {
  run()
  writeFileSync(pathOf('main.ts'), "import { word } from './second.ts'\nconsole.log(word)\n")
  writeFileSync(pathOf('second.ts'), "export const word: string = 'added'\n")
  assert.equal(run(), 'added\n')
  forge('added', 'forge')
  assert.equal(run(), 'forge\n')
})

test('a pack that is damaged is replaced', () => {
  run()
  const { length } = readFileSync(pathOf('pack'))
  writeFileSync(pathOf('pack'), 'damaged')
  assert.equal(run(), 'first\n')
  assert.equal(readFileSync(pathOf('pack')).length, length)
})

test('the errors of modules from the pack name the lines of their files', () => {
  writeFileSync(pathOf('word.ts'), "interface A {\n  b: string\n}\n\nthrow new Error('broken')\n")
  writeFileSync(pathOf('main.ts'), "import './word.ts'\n")
  for (const _ of ['without a pack', 'still without']) assert.match(run(), /word\.ts:5/)
  writeFileSync(
    pathOf('word.ts'),
    "interface A {\n  b: string\n}\n\nexport const word: string = new Error().stack ?? ''\n",
  )
  writeFileSync(pathOf('main.ts'), "import { word } from './word.ts'\nconsole.log(word)\n")
  for (const _ of ['without a pack', 'with one']) assert.match(run(), /word\.ts:5:29/)
})

test('only its owner can write the pack', () => {
  run()
  assert.equal(
    spawnSync('ls', ['-l', pathOf('pack')], { encoding: 'utf8' }).stdout.slice(0, 10),
    '-rw-------',
  )
})
