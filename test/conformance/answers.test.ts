import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { kms } from '../../src/services/index.ts'
import { temporaryDirectory } from '../fixtures/keyward-process.ts'
import { makeTestEnclave } from '../fixtures/nitro-enclave.ts'
import { hiddenPlaces, unansweredOutputs } from './output-exceptions.ts'
import { stepsWith } from './scenario.ts'
import { type Place, placesOf, type SdkShape, sdkOperations, valueAt } from './sdk-schemas.ts'
import { World } from './world.ts'

// Every answer has all members that AWS's SDK knows, and no others. The secrets of requests and answers are neither in a
// message nor in the audit log.

const enclave = makeTestEnclave({ now: Date.now() })
let world: World
before(async () => {
  const rootPath = join(temporaryDirectory(), 'root.pem')
  writeFileSync(rootPath, enclave.rootPem)
  world = await World.start({ environment: { KEYWARD_NITRO_ROOT: rootPath } })
})
after(() => world.stop())

const operations = [...kms.operations.keys()]

function sdkOf(operation: string) {
  const known = sdkOperations.get(operation)
  assert.ok(known, `the SDK has no ${operation}`)
  return known
}

/** A structure of several operations has one name without an operation: `KeyMetadata/Arn`, but `Encrypt CiphertextBlob`. */
function nameOf(operation: string, path: readonly string[]): string {
  const [first = '', ...rest] = path
  if (/KeyMetadata$/.test(first) && rest.length > 0) return ['KeyMetadata', ...rest].join('/')
  return first === 'Grants' && rest.length > 0 ? path.join('/') : `${operation} ${path.join('/')}`
}

const allOutputs = () =>
  operations.flatMap(operation =>
    placesOf(sdkOf(operation).output).map(({ path }) => nameOf(operation, path)),
  )

/** The members that one of our output shapes declares, including the members of its structures. */
function declaredPaths(shape: unknown, path: readonly string[] = []): string[][] {
  const { members = {} } = (shape ?? {}) as { members?: Record<string, { required?: unknown }> }
  return Object.entries(members).flatMap(([name, member]) => [
    [...path, name],
    ...declaredPaths('required' in member ? member.required : member, [...path, name]),
  ])
}

describe('an operation declares the output members that the SDK reads', () => {
  for (const [operation, { output }] of kms.operations) {
    test(operation, () => {
      const read = placesOf(sdkOf(operation).output).filter(({ path }) => !path.includes('[]'))
      const known = read.map(({ path }) => nameOf(operation, path)).sort()
      const declared = declaredPaths(output).map(path => nameOf(operation, path))
      assert.deepEqual(declared.sort(), known)
    })
  }
})

/** The names of the members in the answers so far, and the secrets among their values. */
const answered = new Set<string>()
const secrets = new Map<string, string>()

const wireTypes: Readonly<Record<string, string>> = {
  blob: 'string',
  timestamp: 'number',
  list: 'object',
  map: 'object',
}

/** Asserts that a value has the SDK's shape and no further members, and records its members and secrets. */
function checkValue(operation: string, { path, shape }: Place, value: unknown, isSecret = false): void {
  const name = nameOf(operation, path)
  if (path.length > 0) answered.add(name)
  const type = shape.kind === 'structure' ? 'object' : (wireTypes[shape.kind] ?? shape.kind)
  assert.ok(value !== null && typeof value === type, `${operation} answered ${value} for ${name}`)
  const isHidden = isSecret || isSecretPlace(path, shape)
  if (isHidden && typeof value === 'string')
    secrets.set(`${operation} ${path.join('/')} ${secrets.size}`, value)
  if (shape.kind === 'list') {
    assert.ok(Array.isArray(value) && shape.element)
    for (const item of value)
      checkValue(operation, { path: [...path, '[]'], shape: shape.element }, item, isHidden)
  }
  if (shape.kind !== 'structure') return
  for (const [member, inner] of Object.entries(value as object)) {
    const known = shape.members.get(member)
    assert.ok(known, `${operation} answered ${[...path, member].join('/')}, which the SDK does not know`)
    checkValue(operation, { path: [...path, member], shape: known }, inner, isHidden)
  }
}

/** All blobs are secret or encrypted, or at least do not belong in a log. */
function isSecretPlace(path: readonly string[], shape: SdkShape): boolean {
  return shape.isSensitive || shape.kind === 'blob' || hiddenPlaces.includes(path[0] ?? '')
}

/** The operations that have an output without members in AWS's model; others with an empty body have none. */
const withEmptyOutput = ['Connect', 'Delete', 'Disconnect', 'Update'].map(verb => `${verb}CustomKeyStore`)

describe('an answer has no member that the SDK does not know', () => {
  for (const { operation, input } of stepsWith(enclave)) {
    test(operation, async () => {
      const { status, text, json } = await world.caller.call(operation, await input(world))
      assert.equal(status, 200, text)
      const { output } = sdkOf(operation)
      if (output.members.size === 0) assert.equal(text, withEmptyOutput.includes(operation) ? '{}' : '')
      else checkValue(operation, { path: [], shape: output }, json)
    })
  }
})

test('every member that the SDK knows was in an answer, or has a reason for being in none', () => {
  const missing = allOutputs().filter(name => !answered.has(name))
  assert.deepEqual(
    [...new Set(missing)].sort(),
    Object.keys(unansweredOutputs).sort(),
    'scenario.ts needs a step that answers each member, or output-exceptions.ts needs the reason',
  )
})

/** A part of every secret that is sent. It has 48 characters, so that every repetition has the same text in Base64. */
const marker = 'KEYWARD-SECRET-KEYWARD-SECRET-KEYWARD-SECRET-ABC'
const planted = (length: number) => Buffer.from(marker.repeat(Math.ceil(length / marker.length)))
const formsOf = (bytes: Buffer) => {
  const texts = [
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('latin1'),
  ]
  return texts.flatMap(text => [text.slice(0, 32), text.slice(-32)]).filter(text => text.length >= 16)
}
const markers = [...formsOf(planted(1)), 'KEYWARD-SECRET']

/** A secret in the right form, too long, and in forms that cannot be decoded. */
function secretsFor({ kind }: SdkShape): unknown[] {
  const [short, long] = [planted(48), planted(270_000)]
  if (kind === 'blob')
    return [short.toString('base64'), long.toString('base64'), marker, [marker], { [marker]: 1 }]
  if (kind === 'list') return [[marker], [long.toString()], [[marker]], Array(11).fill(marker), marker]
  return [marker, long.toString(), [marker], { [marker]: marker }]
}

describe('the answer does not contain a secret of the request', () => {
  for (const operation of operations) {
    const hidden = placesOf(sdkOf(operation).input).filter(
      ({ path, shape }) => path.at(-1) !== '[]' && isSecretPlace(path, shape),
    )
    for (const { path, shape } of hidden) {
      test(`${operation} ${path.join('/')}`, async () => {
        const good = await world.inputOf(operation)
        for (const secret of secretsFor(shape)) {
          const input = { ...good, ...(valueAt(path, secret) as object) }
          const { text } = await world.caller.call(operation, input)
          for (const form of markers) assert.ok(!text.includes(form), text.slice(0, 300))
        }
      })
    }
  }
})

const withoutNumber = (name: string) => name.replace(/ \d+$/, '')

test('no secret of a request or an answer is in the audit log or on standard error', () => {
  const directory = join(world.server.dataDirectory, 'audit')
  const log = readdirSync(directory)
    .map(name => readFileSync(join(directory, name), 'latin1'))
    .join('')
  // The search finds texts that are in the log, so a text that it does not find is not there.
  for (const operation of operations)
    assert.ok(log.includes(`"eventName":"${operation}"`), `scenario.ts has no step for ${operation}`)
  const everything = log + world.server.stderr()
  const sent = markers.filter(form => everything.includes(form))
  assert.deepEqual(sent, [])
  const places = operations.flatMap(operation =>
    placesOf(sdkOf(operation).output)
      .filter(({ path, shape }) => isSecretPlace(path, shape))
      .map(({ path }) => `${operation} ${path.join('/')}`),
  )
  assert.deepEqual([...new Set([...secrets.keys()].map(withoutNumber))].sort(), places.sort())
  const found = [...secrets].filter(([, secret]) =>
    [secret.slice(0, 48), ...formsOf(Buffer.from(secret, 'base64'))].some(form => everything.includes(form)),
  )
  assert.deepEqual(
    found.map(([name]) => name),
    [],
  )
})

test('the search would find a secret in the audit log', async () => {
  const secret = `${marker}-${randomUUID()}`
  await world.caller.answersNothing(
    'UpdateKeyDescription',
    await world.inputOf('UpdateKeyDescription', { Description: secret }),
  )
  const directory = join(world.server.dataDirectory, 'audit')
  const log = readdirSync(directory)
    .map(name => readFileSync(join(directory, name), 'latin1'))
    .join('')
  assert.ok(markers.some(form => log.includes(form)))
})
