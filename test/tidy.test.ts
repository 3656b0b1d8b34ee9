import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { test } from 'node:test'

// The architecture as a test: ARCHITECTURE.md says why, this says whether.

const checkout = resolve(import.meta.dirname, '..')
const source = join(checkout, 'src')

/** Each room and the rooms it may import, in the order of ARCHITECTURE.md. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  cli: ['app', 'std'],
  app: [
    'http',
    'seed',
    'jobs',
    'services',
    'pipeline',
    'operation',
    'keys',
    'identity',
    'access',
    'audit',
    'store',
    'hsm',
    'domain',
    'std',
  ],
  http: ['operation', 'identity', 'domain', 'std'],
  seed: ['services', 'lifecycle', 'identity', 'access', 'store', 'hsm', 'domain', 'std'],
  jobs: ['lifecycle', 'audit', 'store', 'hsm', 'domain', 'std'],
  services: ['operation', 'lifecycle', 'keys', 'identity', 'access', 'store', 'hsm', 'domain', 'std'],
  pipeline: ['operation', 'keys', 'identity', 'access', 'audit', 'store', 'hsm', 'domain', 'std'],
  operation: ['keys', 'identity', 'access', 'store', 'hsm', 'domain', 'std'],
  lifecycle: ['store', 'hsm', 'domain', 'std'],
  keys: ['access', 'store', 'hsm', 'domain', 'std'],
  identity: ['store', 'domain', 'std'],
  access: ['domain', 'std'],
  audit: ['domain', 'std'],
  store: ['domain', 'std'],
  hsm: ['domain', 'std'],
  domain: ['std'],
  std: [],
}

/** What only some places may say, and why. */
const reserved: readonly { pattern: RegExp; only: RegExp; why: string }[] = [
  {
    pattern: /from 'node:crypto'/,
    only: /^(hsm\/|std\/(digest|random)\.ts$)/,
    why: 'cryptography lives in hsm/',
  },
  { pattern: /process\.env\b/, only: /^app\//, why: 'configuration is read in app/' },
  { pattern: /from '(node:sqlite|kysely|kysely\/.*|pg)'/, only: /^store\//, why: 'databases live in store/' },
  {
    pattern: /Date\.now\(\)|new Date\(\)|performance\.now/,
    only: /^std\/clock\.ts$/,
    why: 'time comes from a Clock',
  },
  { pattern: /Math\.random|getRandomValues/, only: /^$/, why: 'randomness comes from std/random.ts' },
  { pattern: /^export default/m, only: /^$/, why: 'exports have names' },
  {
    pattern: /from 'jose'/,
    only: /^identity\/web\//,
    why: 'tokens of identity providers are read in identity/',
  },
  { pattern: /from 'yaml'/, only: /^std\/yaml\//, why: 'YAML is read in std/yaml/' },
  { pattern: /console\./, only: /^$/, why: 'the log is pino, the terminal is the cli room' },
]

const fileLinesMax = 320

interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(readSource)
const isTest = (file: SourceFile) => file.path.endsWith('.test.ts')
const production = files.filter(file => !isTest(file))

function readSource(path: string): SourceFile {
  const text = readFileSync(join(source, path), 'utf8')
  const imports = Array.from(text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g), match => match[1] ?? '')
  return { path: path.replaceAll('\\', '/'), text, imports }
}

/** The file under src/ that a relative import names. */
function targetOf(file: SourceFile, specifier: string): string {
  return relative(source, resolve(source, file.path, '..', specifier)).replaceAll('\\', '/')
}

const roomOf = (path: string) => path.split('/', 1)[0] ?? ''
const relativeImports = (file: SourceFile) => file.imports.filter(specifier => specifier.startsWith('.'))

test('every room is in the table', () => {
  assert.deepEqual([...new Set(files.map(file => roomOf(file.path)))].sort(), Object.keys(rooms).sort())
})

test('ARCHITECTURE.md has the same table', () => {
  const text = readFileSync(join(checkout, 'ARCHITECTURE.md'), 'utf8')
  for (const [room, allowed] of Object.entries(rooms)) {
    const row = new RegExp(`^\\| \`${room}/\` \\|.*\\| ([^|]*) \\|$`, 'm').exec(text)
    assert.ok(row, `ARCHITECTURE.md has no row for ${room}/`)
    const listed = row[1] === 'nothing' ? [] : row[1]?.split(', ')
    assert.deepEqual(listed, allowed, `the row of ${room}/`)
  }
})

test('rooms import only rooms below them, through the door', () => {
  const strays: string[] = []
  for (const file of files) {
    for (const specifier of relativeImports(file)) {
      const target = targetOf(file, specifier)
      const [from, to] = [roomOf(file.path), roomOf(target)]
      if (from === to || (isTest(file) && target.startsWith('../test/fixtures/'))) continue
      // A test beside its file may need a real store, or another neighbour that the file does not.
      if (!isTest(file) && !rooms[from]?.includes(to)) strays.push(`${file.path} imports ${target}`)
      else if (target !== `${to}/index.ts`)
        strays.push(`${file.path} imports ${target}, not through ${to}/index.ts`)
    }
  }
  assert.deepEqual(strays, [])
})

test('no file imports itself through others, types included', () => {
  const importsOf = new Map(
    production.map(file => [file.path, relativeImports(file).map(specifier => targetOf(file, specifier))]),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '))
    else if (!done.has(path)) for (const next of importsOf.get(path) ?? []) visit(next, [...way, path])
    done.add(path)
  }
  for (const path of importsOf.keys()) visit(path, [])
  assert.deepEqual(circles, [])
})

test('what services write against has no machine in it', () => {
  const plain = ['operation', 'domain', 'std']
  const strays = production
    .filter(file => roomOf(file.path) === 'operation')
    .flatMap(file =>
      Array.from(file.text.matchAll(/^import (?!type\b).* from '(\.[^']+)'/gm), match => match[1] ?? '')
        .filter(specifier => !plain.includes(roomOf(targetOf(file, specifier))))
        .map(specifier => `${file.path} imports more than types from ${specifier}`),
    )
  assert.deepEqual(strays, [])
})

test('one place asks whether something is a promise', () => {
  const asks = production.filter(({ text }) => /instanceof Promise|\.then\b(?! *\()|'then' in/.test(text))
  assert.deepEqual(
    asks.map(({ path }) => path),
    ['std/in-order.ts'],
  )
})

test('reserved words stay where they belong', () => {
  const strays = production.flatMap(file =>
    reserved
      .filter(({ pattern, only }) => pattern.test(file.text) && !only.test(file.path))
      .map(({ why }) => `${file.path}: ${why}`),
  )
  assert.deepEqual(strays, [])
})

test('every file is reached from the command', () => {
  const byPath = new Map(production.map(file => [file.path, file]))
  const reached = new Set<string>()
  const open = ['cli/index.ts']
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = byPath.get(path)
    if (file === undefined || reached.has(path)) continue
    reached.add(path)
    open.push(...relativeImports(file).map(specifier => targetOf(file, specifier)))
  }
  assert.deepEqual(
    [...byPath.keys()].filter(path => !reached.has(path)),
    [],
    'no file that the command reaches imports these files: register them, or delete them',
  )
})

test('every file in an operations folder that is named like an operation is registered', () => {
  const operations = production
    .map(file => /^services\/(\w+)\/(?:[a-z-]+\/)?([A-Z]\w+)\.ts$/.exec(file.path))
    .filter(match => match !== null)
  const folders = new Set(operations.map(([, folder]) => folder))
  assert.ok(folders.has('kms') && folders.has('iam'))
  const strays: string[] = []
  for (const folder of folders) {
    const index = readFileSync(join(source, `services/${folder}/index.ts`), 'utf8')
    for (const [, home, name] of operations) {
      if (home === folder && !new RegExp(`[ [\\n]${name}[,\\]]`).test(index))
        strays.push(`${name} is not among the operations of services/${folder}/index.ts`)
    }
  }
  assert.deepEqual(strays, [])
})

test('file names are kebab-case, except operations', () => {
  const strays = files
    .map(file => file.path)
    .filter(path => !/^([a-z0-9-]+\/)*([a-z0-9-]+(\.test)?|[A-Z]\w+)\.ts$/.test(path))
  assert.deepEqual(strays, [])
  const misplaced = files.filter(({ path }) => /\/[A-Z]\w+\.ts$/.test(path) && !path.startsWith('services/'))
  assert.deepEqual(misplaced, [])
})

test('files fit in a head, and nothing is left for later', () => {
  const strays = production.flatMap(({ path, text }) => [
    ...(text.split('\n').length > fileLinesMax ? [`${path} has more than ${fileLinesMax} lines`] : []),
    ...(/TODO|FIXME|XXX/.test(text) ? [`${path} leaves something for later`] : []),
  ])
  assert.deepEqual(strays, [])
})
