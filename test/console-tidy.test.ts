import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { longFunctions } from './tidy/functions.ts'
import { faultsOf } from './tidy/prose.ts'
import { checkout, listFiles } from './tidy/source.ts'

// The structure of the web console as a test, as test/tidy.test.ts is that of the server.

/** A file of the console, by its path under `console/`. */
interface ConsoleFile {
  readonly path: string
  readonly text: string
  /** The code without comments. */
  readonly code: string
}

const files: readonly ConsoleFile[] = ['src', 'build', 'test'].flatMap(root =>
  listFiles(`console/${root}`).map(name => {
    const text = readFileSync(join(checkout, 'console', root, name), 'utf8')
    return {
      path: `${root}/${name}`,
      text,
      code: text.replaceAll(/^\s*(?:\/\*\*[\s\S]*?\*\/|\/\/.*)$/gm, ''),
    }
  }),
)
const isTest = ({ path }: ConsoleFile) => /\.test\.ts$/.test(path)
const production = files.filter(file => file.path.startsWith('src/') && !isTest(file))

const limits = { fileLines: 320, functionLines: 60, folderFiles: 25 }

/** The words that only some files of `src/` may say, and why. */
const reserved: readonly { pattern: RegExp; only: RegExp; why: string }[] = [
  { pattern: /(?<![.\w])fetch\(/, only: /^src\/wire\//, why: 'calls are made in wire/' },
  {
    pattern: /XMLHttpRequest|\bWebSocket\b|new EventSource\b|sendBeacon/,
    only: /^$/,
    why: 'fetch makes all calls',
  },
  {
    pattern: /\bsessionStorage\b/,
    only: /^src\/session\/stored\.ts$/,
    why: 'one file keeps what the tab may keep',
  },
  {
    pattern: /\blocalStorage\b/,
    only: /^src\/session\/preferences\.ts$/,
    why: 'one file keeps preferences, which are no secrets',
  },
  { pattern: /\bindexedDB\b|\.cookie\b|\bcaches\./, only: /^$/, why: 'nothing else is kept in the browser' },
  {
    pattern: /Date\.now\b|new Date\(\)|performance\.now/,
    only: /^src\/session\/clock\.ts$/,
    why: 'time comes from session/clock.ts, which knows the time of the server',
  },
  {
    pattern: /\blocation\.(?:hash|href|search|pathname|assign|replace)\b|\blocation = |\bhistory\./,
    only: /^src\/route\//,
    why: 'route/ alone reads and writes the address',
  },
  {
    pattern: /\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|dangerouslySet|DOMParser|srcdoc/i,
    only: /^$/,
    why: 'React alone makes elements: the policy forbids HTML in texts',
  },
  { pattern: /\beval\(|new Function\(/, only: /^$/, why: 'the policy forbids code in texts' },
  {
    pattern: /\bstyle=|cssText/,
    only: /^$/,
    why: 'styles are in a CSS file: the policy forbids them in attributes',
  },
  { pattern: /^export default/m, only: /^$/, why: 'exports have names' },
  {
    pattern: /(?<![/\w])console\.\w/,
    only: /^src\/model\/snippets\/javascript\.ts$/,
    why: 'nothing is written to the console of the browser, but by programs that the page shows',
  },
  { pattern: /Math\.random/, only: /^$/, why: 'chance must not be guessed' },
]

/** The imports of a file: all, dynamic ones included; those of types alone; and the static ones of more than types. */
const found = ({ code }: ConsoleFile, pattern: RegExp) =>
  Array.from(code.matchAll(pattern), match => match[1] ?? '')
const typesIn = (file: ConsoleFile) => found(file, /^import type .* from '([^']+)'$/gm)
const staticIn = (file: ConsoleFile) =>
  found(file, /^(?:import(?! type)|export(?! type)|\})(?:.* from)? '([^']+)'$/gm)
const importsOf = (file: ConsoleFile) => [
  ...typesIn(file),
  ...staticIn(file),
  ...found(file, /\bimport\('([^']+)'\)/g),
]
const targetOf = (file: ConsoleFile, specifier: string) => join(dirname(file.path), specifier)
const pageOf = (path: string) => /^src\/pages\/([^/]+)\//.exec(path)?.[1]

test('the console imports its own files and packages, and of the server nothing', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(checkout, 'console/package.json'), 'utf8'))
  const isOurs = (specifier: string) =>
    Object.keys(devDependencies).some(name => specifier === name || specifier.startsWith(`${name}/`))
  const strays: string[] = []
  for (const file of production) {
    const types = typesIn(file)
    for (const specifier of importsOf(file)) {
      const isType = types.includes(specifier) && specifier.startsWith('@aws-sdk/')
      const isInside = specifier.startsWith('.') && targetOf(file, specifier).startsWith('src/')
      if (!isInside && !isType && !isOurs(specifier)) strays.push(`${file.path} imports ${specifier}`)
    }
  }
  assert.deepEqual(strays, [])
})

test('model/ is plain TypeScript: it knows neither React nor the browser', () => {
  const strays = production
    .filter(({ path }) => path.startsWith('src/model/'))
    .flatMap(file => [
      ...importsOf(file)
        .filter(name => !typesIn(file).includes(name))
        .filter(name => !(name.startsWith('.') && targetOf(file, name).startsWith('src/model/')))
        .map(name => `${file.path} imports ${name}`),
      ...(/\b(?:document|window|navigator)\./.test(file.code) ? [`${file.path} uses the browser`] : []),
    ])
  assert.deepEqual(strays, [])
})

test('reserved words stay where they belong', () => {
  const strays = production.flatMap(file =>
    reserved
      .filter(({ pattern, only }) => pattern.test(file.code) && !only.test(file.path))
      .map(({ why }) => `${file.path}: ${why}`),
  )
  assert.deepEqual(strays, [])
})

test('every file is reached from main.tsx, so every page is used', () => {
  const byPath = new Map(production.map(file => [file.path, file]))
  const reached = new Set<string>()
  const open = ['src/main.tsx']
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = byPath.get(path)
    if (file === undefined || reached.has(path)) continue
    reached.add(path)
    open.push(
      ...importsOf(file)
        .filter(name => name.startsWith('.'))
        .map(name => targetOf(file, name)),
    )
  }
  assert.deepEqual(
    [...byPath.keys()].filter(path => !reached.has(path)),
    [],
  )
})

test('a page is loaded when it shows, and uses no other page', () => {
  // The sign-in is the first page of all, and the list of keys comes with the shell.
  const atOnce = ['sign-in', 'keys']
  const strays = production.flatMap(file =>
    staticIn(file).flatMap(specifier => {
      const [from, to] = [pageOf(file.path), pageOf(targetOf(file, specifier))]
      if (to === undefined || from === to || (from === undefined && atOnce.includes(to))) return []
      return [`${file.path} imports ${specifier}`]
    }),
  )
  assert.deepEqual(strays, [])
})

test('no file imports itself through others, types included', () => {
  const byPath = new Map(production.map(file => [file.path, file]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const file = byPath.get(path)
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '))
    else if (file !== undefined && !done.has(path))
      for (const name of importsOf(file).filter(item => item.startsWith('.')))
        visit(targetOf(file, name), [...way, path])
    done.add(path)
  }
  for (const path of byPath.keys()) visit(path, [])
  assert.deepEqual(circles, [])
})

test('files, functions and folders fit in a head, and nothing is left for later', () => {
  const strays: string[] = []
  const filesIn = new Map<string, number>()
  for (const file of files) {
    const folder = dirname(file.path)
    if (!isTest(file) || !file.path.startsWith('src/')) filesIn.set(folder, (filesIn.get(folder) ?? 0) + 1)
    if (/\b(?:TODO|FIXME|XXX)\b/.test(file.text)) strays.push(`${file.path} leaves something`)
    if (!/^(?:[a-z0-9-]+\/)*[a-z0-9-]+(?:\.test)?\.tsx?$/.test(file.path))
      strays.push(`${file.path} is not kebab-case`)
    const lines = file.text.split('\n').length - 1
    if (lines > limits.fileLines) strays.push(`${file.path} has ${lines} lines`)
    for (const { line, lines: count, head } of longFunctions(file.text, limits.functionLines))
      strays.push(`${file.path}:${line} is a function of ${count} lines: ${head}`)
  }
  for (const [folder, count] of filesIn)
    if (count > limits.folderFiles) strays.push(`${folder} has ${count} files`)
  assert.deepEqual(strays, [])
})

test('comments and texts are plain English', () => {
  const faults = files.flatMap(({ path }) => faultsOf(join(checkout, 'console', path)))
  assert.deepEqual(
    faults.map(({ path, line, rule, text }) => `${path}:${line}: ${rule}: ${text}`),
    [],
  )
})
