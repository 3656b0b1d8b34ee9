import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { lacksPackages } from './fixtures/lacks.ts'

// The repository has the built console, so that a server needs no build. These files are what the source builds to, and are small.

const signInMaxBytes = 200_000
const listMaxBytes = 350_000

describe('the built files', { skip: lacksPackages }, async () => {
  if (lacksPackages !== false) return
  const { buildConsole, pack, packed, readFolder } = await import('../build/pack.ts')
  const built = await buildConsole()

  test('are those that the source builds to, byte for byte', () => {
    const [expected, found] = [packed(built), readFolder(join(import.meta.dirname, '../dist'))]
    assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort())
    for (const [path, content] of expected)
      assert.ok(content.equals(found.get(path) ?? Buffer.alloc(0)), `${path}: npm run console:build`)
  })

  test('are small: the sign-in, and the sign-in with the list of keys', () => {
    const files = new Set(['index.html'])
    const visit = (name: string): void => {
      const chunk = built.chunks[name]
      if (chunk === undefined || files.has(chunk.file)) return
      for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
      for (const next of chunk.imports ?? []) visit(next)
    }
    const sizeOf = (compress: (content: Buffer) => Buffer) =>
      Array.from(files, file => compress(built.files.get(file) ?? assert.fail(file)).length).reduce(
        (a, b) => a + b,
      )
    visit('index.html')
    const signIn = sizeOf(content => gzipSync(content, { level: 9 }))
    assert.ok(signIn <= signInMaxBytes, `${signIn} bytes`)
    visit('src/shell/shell.tsx')
    const list = sizeOf(pack)
    assert.ok(list <= listMaxBytes, `${list} bytes`)
  })
})
