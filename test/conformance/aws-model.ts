import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkout } from '../fixtures/keyward-process.ts'

// AWS's own model of KMS has constraints and declared errors, which the SDK leaves out. The model is not part of the
// repository. The tests that need it say so, and are skipped without it.

interface ModelMember {
  readonly shape: string
}

export interface ModelShape {
  readonly type: 'string' | 'integer' | 'boolean' | 'timestamp' | 'blob' | 'list' | 'map' | 'structure'
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly sensitive?: boolean
  readonly required?: readonly string[]
  readonly members?: Readonly<Record<string, ModelMember>>
  readonly member?: ModelMember
}

export interface ModelOperation {
  readonly input: string
  readonly output: string | null
  readonly errors: readonly string[]
}

interface Model {
  readonly operations: Readonly<Record<string, ModelOperation>>
  readonly shapes: Readonly<Record<string, ModelShape>>
}

const path = process.env['KEYWARD_KMS_API'] ?? join(checkout, '../shared/reference/kms-api.json')

/** The name of a shape, as it is or as botocore has it. */
type ShapeName = string | { readonly shape: string } | null
const nameOf = (name: ShapeName = null) => (typeof name === 'string' ? name : (name?.shape ?? null))

/** Reads the model in this file's form, or botocore's `kms/2014-11-01/service-2.json`, unpacked. */
function readModel(text: string): Model {
  const { operations, shapes } = JSON.parse(text) as {
    operations: Record<string, { input?: ShapeName; output?: ShapeName; errors?: readonly ShapeName[] }>
    shapes: Model['shapes']
  }
  const named = Object.entries(operations).map(([name, { input, output, errors = [] }]) => [
    name,
    { input: nameOf(input) ?? '', output: nameOf(output), errors: errors.map(error => nameOf(error) ?? '') },
  ])
  return { operations: Object.fromEntries(named) as Model['operations'], shapes }
}

/** Undefined if the file does not exist. */
export const model = existsSync(path) ? readModel(readFileSync(path, 'utf8')) : undefined

/** For `test(name, { skip: … })`: false, or a text that says what is not tested, and why. */
export function unlessModelled(what: string): string | false {
  return model === undefined && `${what}: not tested, as there is no ${path} (KEYWARD_KMS_API names it)`
}

export function shapeNamed(name: string): ModelShape {
  const shape = model?.shapes[name]
  assert.ok(shape, `the model has no shape ${name}`)
  return shape
}

/** The shapes inside of a structure or a list, with the names that `Place.path` has. */
function insidesOf(shape: ModelShape): [name: string, inside: ModelShape][] {
  const members = Object.entries(shape.members ?? {})
  if (shape.member !== undefined) members.push(['[]', shape.member])
  return members.map(([name, { shape: inside }]) => [name, shapeNamed(inside)])
}

/** All places of an operation's input or output, `Tags/[]/TagKey`, with their shapes. */
export function modelPlaces(shapeName: string): ReadonlyMap<string, ModelShape> {
  const places = new Map<string, ModelShape>()
  const walk = (shape: ModelShape, prefix: string) => {
    for (const [name, inside] of insidesOf(shape)) {
      places.set(prefix + name, inside)
      walk(inside, `${prefix + name}/`)
    }
  }
  walk(shapeNamed(shapeName), '')
  return places
}
