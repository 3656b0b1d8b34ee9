import * as cloudTrailSdk from '@aws-sdk/client-cloudtrail'
import * as iamSdk from '@aws-sdk/client-iam'
import * as kmsSdk from '@aws-sdk/client-kms'
import * as stsSdk from '@aws-sdk/client-sts'

// AWS's own SDK contains the inputs and outputs of each operation as Smithy schemas, in the packed form of the SDK.

export type Kind = 'string' | 'number' | 'boolean' | 'timestamp' | 'blob' | 'list' | 'map' | 'structure'

/** The shape of a value, as the SDK knows it. */
export interface SdkShape {
  readonly kind: Kind
  readonly isSensitive: boolean
  readonly isRequired: boolean
  readonly members: ReadonlyMap<string, SdkShape>
  /** The elements of a list, or the values of a map. */
  readonly element: SdkShape | undefined
}

export interface SdkOperation {
  readonly input: SdkShape
  readonly output: SdkShape
}

const none: ReadonlyMap<string, SdkShape> = new Map()
const sensitiveTrait = 8
const simpleKinds: Readonly<Record<number, Kind>> = {
  0: 'string',
  1: 'number',
  2: 'boolean',
  4: 'timestamp',
  21: 'blob',
}
const tags = { list: 1, map: 2, structure: 3, union: 4, operation: 9 }

function simple(code: number): SdkShape {
  const shape = { isSensitive: false, isRequired: false, members: none }
  if (code >= 128) return { ...shape, kind: 'map', element: simple(code - 128) }
  if (code >= 64) return { ...shape, kind: 'list', element: simple(code - 64) }
  const kind = simpleKinds[code]
  if (kind === undefined) throw new Error(`the SDK has a schema ${code}, which this test does not know`)
  return { ...shape, kind, element: undefined }
}

/** Reads `[tag, namespace, name, traits, …]`, a number, a function that returns one of these, or one with traits. */
function readSchema(packed: unknown): SdkShape {
  if (typeof packed === 'function') return readSchema(packed())
  if (typeof packed === 'number') return simple(packed)
  if (packed === 'unit') return { ...simple(0), kind: 'structure' }
  if (!Array.isArray(packed)) throw new Error(`the SDK has a schema of type ${typeof packed}`)
  if (typeof packed[0] !== 'number') {
    const shape = readSchema(packed[0])
    return { ...shape, isSensitive: shape.isSensitive || isSensitive(packed[1]) }
  }
  const [tag, , , traits, first, second, requiredCount = 0] = packed
  if (tag === 0) return { ...readSchema(first), isSensitive: isSensitive(traits) }
  const shape = { isSensitive: isSensitive(traits), isRequired: false, members: none, element: undefined }
  if (tag === tags.list) return { ...shape, kind: 'list', element: readSchema(first) }
  if (tag === tags.map) return { ...shape, kind: 'map', element: readSchema(second) }
  if (tag !== tags.structure && tag !== tags.union)
    throw new Error(`the SDK has a schema with the tag ${tag}`)
  const members = (first as string[]).map(
    (name, index) =>
      [name, { ...readSchema((second as unknown[])[index]), isRequired: index < requiredCount }] as const,
  )
  return { ...shape, kind: 'structure', members: new Map(members) }
}

const isSensitive = (traits: unknown) => typeof traits === 'number' && (traits & sensitiveTrait) !== 0

function operationsOf(sdk: object): ReadonlyMap<string, SdkOperation> {
  return new Map(
    Object.values(sdk)
      .filter(value => Array.isArray(value) && value[0] === tags.operation)
      .map(value => value as unknown as readonly unknown[])
      .map(([, , name, , input, output]) => [
        String(name),
        { input: readSchema(input), output: readSchema(output) },
      ]),
  )
}

/** Every operation that the SDK of KMS has, by name. */
export const sdkOperations = operationsOf(kmsSdk)
/** Every operation that the SDK of IAM has, by name. */
export const iamSdkOperations = operationsOf(iamSdk)
/** Every operation that the SDK of STS has, by name. */
export const stsSdkOperations = operationsOf(stsSdk)
/** Every operation that the SDK of CloudTrail has, by name. */
export const cloudTrailSdkOperations = operationsOf(cloudTrailSdk)

/** A place in a value: member names from the top, `[]` for the elements of a list. */
export interface Place {
  readonly path: readonly string[]
  readonly shape: SdkShape
}

/** The places of a structure: its members, and the places inside of them. */
export function placesOf(shape: SdkShape, path: readonly string[] = []): Place[] {
  const elements =
    shape.kind === 'list' && shape.element !== undefined ? [['[]', shape.element] as const] : []
  const inside = [...shape.members, ...elements].map(([name, member]) => ({
    path: [...path, name],
    shape: member,
  }))
  return inside.flatMap(place => [place, ...placesOf(place.shape, place.path)])
}

/** The name of a place in messages and audit records: `tags.1.member.tagKey` for the first element. */
export function wirePath(path: readonly string[]): string {
  return path
    .map(name => (name === '[]' ? '1.member' : name.charAt(0).toLowerCase() + name.slice(1)))
    .join('.')
}

/** A value that has `value` at a place, and as little as possible around it. */
export function valueAt(path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return value
  return name === '[]' ? [valueAt(rest, value)] : { [name]: valueAt(rest, value) }
}
