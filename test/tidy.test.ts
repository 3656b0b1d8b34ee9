import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { cloudtrail, ec2, iam, keyward, kms, sts } from '../src/services/index.ts'
import { longFunctions } from './tidy/functions.ts'
import { faultsOf } from './tidy/prose.ts'
import {
  checkout,
  codeOf,
  exportsOf,
  files,
  isDocumented,
  isTest,
  listFiles,
  production,
  relativeImports,
  roomOf,
  targetOf,
} from './tidy/source.ts'

// The architecture as a test: ARCHITECTURE.md gives the reasons, this test holds the code to it.

/** Each room and the rooms that it may import, in the order of ARCHITECTURE.md. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  cli: ['app', 'std'],
  app: [
    'telemetry',
    'operator',
    'http',
    'tls',
    'seed',
    'backup',
    'delivery',
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
  telemetry: ['tls', 'delivery', 'pipeline', 'operation', 'store', 'domain', 'std'],
  operator: ['std'],
  http: ['operation', 'identity', 'domain', 'std'],
  tls: ['std'],
  seed: ['services', 'lifecycle', 'identity', 'access', 'store', 'hsm', 'domain', 'std'],
  backup: ['delivery', 'audit', 'store', 'hsm', 'domain', 'std'],
  delivery: ['audit', 'store', 'hsm', 'domain', 'std'],
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

/** The words that only some places may say, and why. */
const reserved: readonly { pattern: RegExp; only: RegExp; why: string }[] = [
  {
    pattern: /from 'node:crypto'/,
    only: /^(hsm\/|tls\/|backup\/age\/|std\/(digest|random)\.ts$)/,
    why: 'cryptography of keys lives in hsm/, that of certificates in tls/, that of backups in backup/age/',
  },
  { pattern: /process\.env\b/, only: /^app\//, why: 'configuration is read in app/' },
  { pattern: /from '(node:sqlite|kysely|kysely\/.*|pg)'/, only: /^store\//, why: 'databases live in store/' },
  {
    pattern: /Date\.now\(\)|new Date\(\)|performance\.now/,
    only: /^std\/clock\.ts$/,
    why: 'time comes from a Clock',
  },
  { pattern: /Math\.random|getRandomValues/, only: /^$/, why: 'randomness comes from std/random.ts' },
  {
    pattern: /createServer\b.* from 'node:https?'/,
    only: /^$/,
    why: 'the server side of HTTP is http/engine/',
  },
  { pattern: /^export default/m, only: /^$/, why: 'exports have names' },
  {
    pattern: /(from |require\()'jose'/,
    only: /^identity\/web\//,
    why: 'tokens of identity providers are read in identity/',
  },
  { pattern: /(from |require\()'yaml'/, only: /^std\/yaml\//, why: 'YAML is read in std/yaml/' },
  { pattern: /console\.(?!(?:ts|md)\b)\w/, only: /^$/, why: 'the log is pino, the terminal is the cli room' },
]

const limits = { fileLines: 320, functionLines: 60, folderFiles: 25 }

/** Files whose length is that of the table or the migration that they hold. */
const longByNature: readonly RegExp[] = [/^src\/store\/sql\/migrations\//]

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
      // A test beside its file may need a real store, or a different neighbour that the file does not.
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

test('operation/ has no machine in it: of most rooms it imports types alone', () => {
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

test('JSON is parsed by the one function that reads names right', () => {
  // The name of a member is read wrong only in an object: single texts are safe.
  const known = ['std/json.ts', 'access/policy/policy-json.ts', 'domain/iam/aws-managed-policies.ts']
  const texts = ['services/iam/simulation/statement-positions.ts']
  const strays = production
    .filter(file => ![...known, ...texts].includes(file.path) && codeOf(file).includes('JSON.parse('))
    .map(file => file.path)
  assert.deepEqual(strays, [])
})

test('the general machine names no service, no operation and no member of an input', () => {
  const operations = [kms, iam, sts, cloudtrail, ec2, keyward].flatMap(service => [
    ...service.operations.values(),
  ])
  const members = operations.flatMap(({ input }) =>
    Object.keys((input as { members?: object }).members ?? {}),
  )
  // The protocols have these words too: parameters of AWS Query, the text of an error, a part of Signature Version 4.
  const ofProtocol = new Set(['Action', 'Version', 'Message', 'Signature'])
  const anyOf = (names: readonly string[]) =>
    [...new Set(names)].filter(name => !ofProtocol.has(name)).join('|')
  const banned = [
    /['"`](?:kms|iam|sts|cloudtrail)(?=[:'"`])/g,
    new RegExp(`\\b(?:${anyOf(operations.map(({ name }) => name))})\\b`, 'g'),
    new RegExp(
      `\\.(?:${anyOf(members)})\\b(?!\\()|['"\`](?:${anyOf(members)})['"\`]|\\b(?:${anyOf(members)})\\??:`,
      'g',
    ),
  ]
  const strays = production
    .filter(file => ['pipeline', 'http', 'operation'].includes(roomOf(file.path)))
    .flatMap(file =>
      banned.flatMap(pattern =>
        Array.from(codeOf(file).matchAll(pattern), ([found]) => `${file.path} names ${found}`),
      ),
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

test('every operation file is registered and documented', () => {
  const operations = production
    .map(file => /^services\/(\w+)\/(?:[a-z-]+\/)?([A-Z]\w+)\.ts$/.exec(file.path))
    .filter(match => match !== null)
  const folders = new Set(operations.map(([, folder]) => folder))
  assert.ok(folders.has('kms') && folders.has('iam'))
  const strays: string[] = []
  for (const folder of folders) {
    const index = readFileSync(join(checkout, `src/services/${folder}/index.ts`), 'utf8')
    for (const [path, home, name = ''] of operations) {
      if (home !== folder) continue
      if (!new RegExp(`[ [\\n]${name}[,\\]]`).test(index))
        strays.push(`${name} is not among the operations of services/${folder}/index.ts`)
      const file = production.find(item => item.path === path)
      if (file === undefined || !isDocumented(file, name))
        strays.push(`${path} has no documentation sentence`)
    }
  }
  assert.deepEqual(strays, [])
})

test('everything that a door exports has a documentation sentence', () => {
  const bare = Object.keys(rooms).flatMap(room =>
    Array.from(exportsOf(`${room}/index.ts`))
      .filter(([name, file]) => !isDocumented(file, name))
      .map(([name, file]) => `${name} of ${file.path}`),
  )
  assert.deepEqual([...new Set(bare)], [])
})

test('file names are kebab-case, except operations', () => {
  const strays = files
    .map(file => file.path)
    .filter(path => !/^([a-z0-9-]+\/)*([a-z0-9-]+(\.test)?|[A-Z]\w+)\.ts$/.test(path))
  assert.deepEqual(strays, [])
  const misplaced = files.filter(({ path }) => /\/[A-Z]\w+\.ts$/.test(path) && !path.startsWith('services/'))
  assert.deepEqual(misplaced, [])
})

test('files, functions and folders fit in a head, and nothing is left for later', () => {
  const strays: string[] = []
  const filesIn = new Map<string, number>()
  for (const path of ['src', 'test'].flatMap(root => listFiles(root).map(name => `${root}/${name}`))) {
    const text = readFileSync(join(checkout, path), 'utf8')
    const isBesideItsFile = path.startsWith('src/') && path.endsWith('.test.ts')
    if (!isBesideItsFile) filesIn.set(dirname(path), (filesIn.get(dirname(path)) ?? 0) + 1)
    if (/\b(?:TODO|FIXME|XXX)\b/.test(text) && !path.endsWith('tidy.test.ts'))
      strays.push(`${path} leaves something`)
    if (longByNature.some(pattern => pattern.test(path))) continue
    const lines = text.split('\n').length - 1
    if (lines > limits.fileLines) strays.push(`${path} has ${lines} lines`)
    for (const { line, lines: count, head } of longFunctions(text, limits.functionLines))
      strays.push(`${path}:${line} is a function of ${count} lines: ${head}`)
  }
  for (const [folder, count] of filesIn)
    if (count > limits.folderFiles) strays.push(`${folder} has ${count} files`)
  assert.deepEqual(strays, [])
})

test('comments, messages and documents are plain English', () => {
  const sources = ['src', 'test', 'bench'].flatMap(root => listFiles(root).map(name => `${root}/${name}`))
  const documents = [checkout, join(checkout, 'docs')].flatMap(folder =>
    readdirSync(folder)
      .filter(name => name.endsWith('.md'))
      .map(name => join(folder, name)),
  )
  // The rules themselves name the words.
  const paths = sources.filter(path => path !== 'test/tidy/prose.ts').map(path => join(checkout, path))
  const faults = [...paths, ...documents].flatMap(path => faultsOf(path))
  assert.deepEqual(
    faults.map(({ path, line, rule, text }) => `${path}:${line}: ${rule}: ${text}`),
    [],
  )
})
