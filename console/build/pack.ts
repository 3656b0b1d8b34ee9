import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import type * as Vite from 'vite'
import { addIntegrity, integrityOf } from './integrity.ts'
import { licenceTexts } from './licences.ts'
import { base, buildOptions } from './options.ts'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

/** A chunk of Vite's manifest. */
export interface Chunk {
  readonly file: string
  readonly css?: readonly string[]
  readonly imports?: readonly string[]
}

/** The built console. */
export interface Built {
  /** The content of each file, by its path in the folder. */
  readonly files: ReadonlyMap<string, Buffer>
  readonly importMapHash: string
  /** The chunks by the path of their module. */
  readonly chunks: Readonly<Record<string, Chunk>>
}

/** Builds the console, in a folder of its own that is then removed. */
export async function buildConsole(): Promise<Built> {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-console-'))
  try {
    const { build } = await import('vite')
    const modules = modulesOf(await build(buildOptions(directory)))
    const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1))
    const files = new Map(paths.sort().map(path => [path, readFileSync(join(directory, path))]))
    const manifest = files.get('.vite/manifest.json')
    const page = files.get('index.html')
    if (manifest === undefined || page === undefined) throw new Error('Vite wrote no manifest or no page.')
    files.delete('.vite/manifest.json')
    const byPath = new Map(Array.from(files, ([path, content]) => [base + path, content]))
    const { html, importMapHash } = addIntegrity(page.toString(), byPath)
    files.set('index.html', Buffer.from(html))
    files.set('LICENSES.txt', Buffer.from(licenceTexts(modules)))
    return { files, importMapHash, chunks: JSON.parse(manifest.toString()) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The modules whose code is in the files of a build. */
function modulesOf(output: Awaited<ReturnType<typeof Vite.build>>): string[] {
  if (!('output' in output)) throw new Error('Vite built more than once.')
  return output.output.flatMap(file => (file.type === 'chunk' ? file.moduleIds : []))
}

/** Returns the files that the repository has: each packed, and the list of all with their types and hashes. */
export function packed({ files, importMapHash }: Built): Map<string, Buffer> {
  const listed = Array.from(files, ([path, content]) => {
    const type = types[extname(path)]
    if (type === undefined) throw new Error(`The type of ${path} is not known.`)
    return [path, { type, integrity: integrityOf(content) }] as const
  })
  const list = { importMapHash, files: Object.fromEntries(listed) }
  const all = new Map<string, Buffer>([['files.json', Buffer.from(`${JSON.stringify(list, null, 2)}\n`)]])
  for (const [path, content] of files) all.set(`${path}.br`, pack(content))
  return all
}

/** Brotli at its best level: this takes seconds here, and a third off each visit. */
function pack(content: Uint8Array): Buffer {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_MAX_QUALITY } = constants
  return brotliCompressSync(content, {
    params: { [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY, [BROTLI_PARAM_SIZE_HINT]: content.length },
  })
}

/** Writes files into a folder in place of everything that it has. */
export function writeFolder(directory: string, files: ReadonlyMap<string, Buffer>): void {
  rmSync(directory, { recursive: true, force: true })
  for (const [path, content] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
}

/** Returns the content of all files of a folder, by path. A folder that is not there has none. */
export function readFolder(directory: string): Map<string, Buffer> {
  if (!existsSync(directory)) return new Map()
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return new Map(paths.map(path => [path.slice(directory.length + 1), readFileSync(path)]))
}

/** The paths at which two folders differ, in order. */
export function differencesOf(
  some: ReadonlyMap<string, Buffer>,
  others: ReadonlyMap<string, Buffer>,
): string[] {
  const paths = new Set([...some.keys(), ...others.keys()])
  return [...paths]
    .filter(path => {
      const [one, other] = [some.get(path), others.get(path)]
      return one === undefined || other === undefined || !one.equals(other)
    })
    .sort()
}
