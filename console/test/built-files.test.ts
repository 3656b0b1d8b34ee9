import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { lacksPackages } from './fixtures/lacks.ts'

// The repository has the built console, so that a server needs no build. These files are what the source builds to, and are small.

const signInMaxBytes = 200_000
const listMaxBytes = 350_000

describe('the built files', { skip: lacksPackages }, async () => {
  if (lacksPackages !== false) return
  const { buildConsole, packed, readFolder } = await import('../build/pack.ts')
  const built = await buildConsole()
  const expected = packed(built)

  test('are those that the source builds to, byte for byte', () => {
    const found = readFolder(join(import.meta.dirname, '../dist'))
    assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort())
    for (const [path, content] of expected)
      assert.ok(content.equals(found.get(path) ?? Buffer.alloc(0)), `${path}: npm run console:build`)
  })

  test('have a hash for every script and style, those that load later included', () => {
    const list = JSON.parse(String(expected.get('files.json')))
    const page = String(built.files.get('index.html'))
    const block = (type: string) =>
      new RegExp(`<script type="${type}"[^>]*>(.*?)</script>`).exec(page)?.[1] ?? ''
    const scripts = JSON.parse(block('importmap')).integrity
    const styles = JSON.parse(block('application/json'))
    assert.equal(list.importMapHash, hashOf(block('importmap')))
    const [listed, linked]: [string[], string[]] = [[], []]
    for (const [path, content] of built.files) {
      const hash = hashOf(content)
      assert.equal(list.files[path].integrity, hash)
      if (!/\.(?:js|css)$/.test(path)) continue
      assert.equal((path.endsWith('.js') ? scripts : styles)[`/console/${path}`], hash)
      listed.push(path)
      const tag = new RegExp(`<(?:script|link)[^>]*"/console/${path}"[^>]*>`).exec(page)?.[0]
      if (tag === undefined) continue
      assert.ok(tag.includes(`integrity="${hash}"`), tag)
      linked.push(path)
    }
    assert.equal(listed.length, Object.keys({ ...scripts, ...styles }).length)
    assert.ok(linked.length >= 3 && linked.length < listed.length)
  })

  test('are small: the sign-in, and the sign-in with the list of keys', () => {
    const files = new Set(['index.html'])
    const visit = (name: string): void => {
      const chunk = built.chunks[name] ?? assert.fail(name)
      if (files.has(chunk.file)) return
      for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
      for (const next of chunk.imports ?? []) visit(next)
    }
    const sizeOf = (pack: (path: string) => Buffer | undefined) =>
      Array.from(files, file => pack(file)?.length ?? assert.fail(file)).reduce((a, b) => a + b)
    visit('index.html')
    const signIn = sizeOf(file => gzipSync(built.files.get(file) ?? '', { level: 9 }))
    assert.ok(signIn <= signInMaxBytes, `${signIn} bytes`)
    visit('src/shell/shell.tsx')
    // The list shows with these, although they are parts of their own.
    visit('src/pages/keys/preferences.tsx')
    const list = sizeOf(file => expected.get(`${file}.br`))
    assert.ok(list <= listMaxBytes, `${list} bytes`)
  })
})

/** The hash of a content as W3C's Subresource Integrity and Content Security Policy write it. */
function hashOf(content: string | Uint8Array): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`
}
