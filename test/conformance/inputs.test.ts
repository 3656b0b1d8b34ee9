import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { kms } from '../../src/services/index.ts'
import { checkRefusal } from '../fixtures/caller.ts'
import { type ModelShape, model, modelPlaces, shapeNamed, unlessModelled } from './aws-model.ts'
import {
  candidatesOf,
  inOneForm,
  type Override,
  readViolations,
  sampleOf,
  violationsOf,
} from './constraints.ts'
import { ownRules, tighterConstraints } from './input-exceptions.ts'
import { hiddenPlaces } from './output-exceptions.ts'
import { type Kind, placesOf, sdkOperations, valueAt, wirePath } from './sdk-schemas.ts'
import { World } from './world.ts'

// Every input member of every operation is decoded as AWS's SDK sends it, and has AWS's own constraints.

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.stop())

const operations = [...kms.operations.keys()]
const inputOf = (operation: string) => {
  const known = sdkOperations.get(operation)
  assert.ok(known, `the SDK has no ${operation}`)
  return known.input
}
const shapeOfInput = (operation: string) => shapeNamed(model?.operations[operation]?.input ?? '')

/** Checks the items in eight rows at a time. */
async function forEach<T>(items: readonly T[], check: (item: T) => Promise<void>): Promise<void> {
  const iterator = items.values()
  const row = async () => {
    for (const item of iterator) await check(item)
  }
  await Promise.all(Array.from({ length: 8 }, row))
}

test('the SDK has 56 operations, and each is built', async () => {
  assert.deepEqual([...sdkOperations.keys()].sort(), [...operations].sort())
  assert.equal(sdkOperations.size, 56)
  await forEach([...sdkOperations.keys()], async operation => {
    const { status, json, text } = await world.caller.call(operation, 'no structure')
    assert.equal(status, 400)
    assert.equal(json['__type'], 'SerializationException', text)
  })
})

test('the SDK and the model agree on every input and output', {
  skip: unlessModelled('whether the SDK and the model are of one version'),
}, () => {
  const typeOf: Readonly<Record<string, Kind>> = { integer: 'number' }
  for (const [name, sdk] of sdkOperations) {
    const known = model?.operations[name]
    for (const side of ['input', 'output'] as const) {
      const shapeName = known?.[side]
      const places = shapeName ? modelPlaces(shapeName) : new Map<string, ModelShape>()
      const inSdk = placesOf(sdk[side]).map(({ path, shape }) => [
        path.join('/'),
        shape.kind,
        shape.isSensitive,
      ])
      const modelled = [...places].map(([path, { type, sensitive = false }]) => [
        path,
        typeOf[type] ?? type,
        sensitive,
      ])
      assert.deepEqual(inSdk.sort(), modelled.sort(), `${name} ${side}`)
    }
  }
})

describe('a value of the wrong JSON type is a SerializationException', () => {
  const wrong: Readonly<Record<Kind, readonly unknown[]>> = {
    string: [1, 1.5, true, [], ['x'], {}],
    number: ['1', 1.5, true, [], {}],
    boolean: ['true', 0, [], {}],
    timestamp: ['2026-01-01T00:00:00Z', true, [], {}],
    blob: [1, true, [], {}, 'no base64'],
    list: ['x', 1, true, {}],
    map: ['x', 1, true, [], { key: [] }, { key: {} }, { key: null }],
    structure: ['x', 1, true, []],
  }
  for (const operation of operations) {
    test(operation, async () => {
      const attempts = placesOf(inputOf(operation)).flatMap(({ path, shape }) =>
        wrong[shape.kind].map(value => valueAt(path, value)),
      )
      await forEach(attempts, async input => {
        const answer = await world.caller.call(operation, input)
        assert.equal(
          answer.json['__type'],
          'SerializationException',
          `${JSON.stringify(input)}: ${answer.text}`,
        )
        checkRefusal(answer, 'SerializationException')
      })
    })
  }
})

describe('a member that the SDK must send cannot be null', () => {
  for (const operation of operations) {
    const required = placesOf(inputOf(operation)).filter(({ shape }) => shape.isRequired)
    test(operation, async () => {
      for (const { path, shape } of required) {
        const outer = path.slice(0, -1)
        const failed = 'failed to satisfy constraint'
        // Recorded from AWS: of a sensitive member the text does not say that it is null.
        const shown = shape.isSensitive ? 'Value' : 'Value null'
        const isNull = `${shown} at '${wirePath(path)}' ${failed}: Member must not be null`
        for (const input of [valueAt(outer, {}), valueAt(path, null)]) {
          const answer = await world.caller.call(operation, input)
          checkRefusal(answer, 'ValidationException')
          assert.ok(readViolations(String(answer.json['message'])).includes(isNull), answer.text)
        }
      }
    })
  }
})

/** The constraints of an operation's input that the service has and the model does not have. */
function overridesOf(operation: string): Override {
  const rows = tighterConstraints.filter(row => row.operations?.includes(operation) ?? true)
  return path => ({
    ...rows.find(row => row.place === path.join('/'))?.constraint,
    ...(hiddenPlaces.includes(path[0] ?? '') && { sensitive: true }),
  })
}

/** Members that stop a call without violations from changing anything, or that satisfy a rule of the service. */
const harmless: Readonly<Record<string, object>> = {
  CreateKey: { CustomKeyStoreId: 'none' },
  Decrypt: { KeyId: 'none', CiphertextBlob: 'AA==' },
  ReEncrypt: { SourceKeyId: 'none', CiphertextBlob: 'AA==' },
}

describe('values on both sides of every constraint of the model are accepted and refused', {
  skip: unlessModelled('constraints of input members'),
}, () => {
  for (const operation of model === undefined ? [] : operations) {
    test(operation, async () => {
      const shape = shapeOfInput(operation)
      const override = overridesOf(operation)
      const base = { ...harmless[operation], ...(sampleOf(shape) as object) }
      const attempts = [...modelPlaces(model?.operations[operation]?.input ?? '')].flatMap(
        ([place, inner]) => {
          const path = place.split('/')
          const edges = [inner, { ...inner, ...override(path) }].flatMap(candidatesOf)
          return edges.map(value => ({ ...base, ...(valueAt(path, value) as object) }))
        },
      )
      await forEach(attempts, async input => {
        const expected = violationsOf(shape, input, override).map(inOneForm).sort()
        const answer = await world.caller.call(operation, input)
        const message = String(answer.json['message'] ?? answer.json['Message'] ?? '')
        const shown = JSON.stringify(input).slice(0, 300)
        if (expected.length > 0) assert.equal(answer.json['__type'], 'ValidationException', shown)
        assert.deepEqual(readViolations(message), expected, `${shown}: ${answer.text.slice(0, 300)}`)
      })
    })
  }
})

test('a violation shows the pattern as the model has it', {
  skip: unlessModelled('texts of patterns'),
}, async () => {
  const answer = await world.caller.call('CreateAlias', { AliasName: 'a b', TargetKeyId: 'x' })
  assert.match(
    String(answer.json['message']),
    /satisfy regular expression pattern: \^\[a-zA-Z0-9:\/_-\]\+\$$/,
  )
})

describe('the service has rules that the model does not have', () => {
  for (const { operation, input, code, text, why } of ownRules) {
    test(`${operation} ${JSON.stringify(input).slice(0, 60)}: ${why}`, async () => {
      const good = await world.inputOf(operation)
      await world.caller.isRefused(operation, { ...good, ...input }, code, text)
    })
  }
})
