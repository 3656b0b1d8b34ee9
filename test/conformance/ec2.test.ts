import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ec2 } from '../../src/services/index.ts'
import type { AnyShape } from '../../src/std/index.ts'

// The names and types of members are those of AWS's model. It is not part of the repository; KEYWARD_EC2_MODEL names botocore's
// ec2/2016-11-15/service-2.json, unpacked.

interface Member {
  readonly shape: string
  readonly locationName?: string
  readonly queryName?: string
}

interface Shape {
  readonly type: string
  readonly members?: Readonly<Record<string, Member>>
  readonly member?: Member
}

interface Model {
  readonly operations: Readonly<
    Record<
      string,
      { readonly input?: { readonly shape: string }; readonly output?: { readonly shape: string } }
    >
  >
  readonly shapes: Readonly<Record<string, Shape>>
}

const path = process.env['KEYWARD_EC2_MODEL']
const model = path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as Model)
const skip = model === undefined && 'the members of EC2: not tested, as KEYWARD_EC2_MODEL names no model'

/** Smithy, "AWS EC2 query protocol": the name of a parameter begins with a capital. */
const inRequest = (name: string, { queryName, locationName = name }: Member) =>
  queryName ?? locationName.charAt(0).toUpperCase() + locationName.slice(1)
const inAnswer = (name: string, { locationName = name }: Member) => locationName

const kinds: Readonly<Record<string, string>> = { string: 'text', timestamp: 'timestamp', list: 'list' }
const kindOf = (type: string) => kinds[type] ?? type

/** Lists the members of a shape that the model does not have, or has with a different type. */
function strays(
  shape: AnyShape,
  name: string,
  place: string,
  nameOf: (name: string, member: Member) => string,
): string[] {
  const { kind } = shape
  const modelled = model?.shapes[name] ?? assert.fail(`no shape ${name}`)
  if (kind.type !== kindOf(modelled.type)) return [`${place} is of type ${modelled.type}`]
  if (kind.type === 'list') return strays(kind.element, modelled.member?.shape ?? '', `${place}.N`, nameOf)
  if (kind.type !== 'structure') return []
  const members = new Map(
    Object.entries(modelled.members ?? {}).map(([own, member]) => [nameOf(own, member), member.shape]),
  )
  return [...kind.shapes].flatMap(([member, inside]) => {
    const known = members.get(member)
    return known === undefined ? [`${place}.${member}`] : strays(inside, known, `${place}.${member}`, nameOf)
  })
}

test('each member of a request and of an answer is one of the model', { skip }, () => {
  const found = [...ec2.operations.values()].flatMap(({ name, input, output }) => {
    const { input: given, output: answered } = model?.operations[name] ?? assert.fail(`no operation ${name}`)
    return [
      ...strays(input, given?.shape ?? '', `${name} request`, inRequest),
      ...(output === undefined || answered === undefined
        ? []
        : strays(output, answered.shape, `${name} answer`, inAnswer)),
    ]
  })
  assert.deepEqual(found, [])
})

test('each parameter of the model is one of the request', { skip }, () => {
  const left = [...ec2.operations.values()].flatMap(({ name, input }) => {
    const shape = model?.shapes[model.operations[name]?.input?.shape ?? '']
    const { kind } = input
    const known = kind.type === 'structure' ? kind.shapes : new Map()
    const missing = Object.entries(shape?.members ?? {})
      .map(([own, member]) => inRequest(own, member))
      .filter(member => !known.has(member))
    return missing.map(member => `${name} ${member}`)
  })
  assert.deepEqual(left, [])
})
