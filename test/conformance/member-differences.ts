import type { AnyShape, ShapeKind } from '../../src/std/index.ts'
import type { Kind, SdkShape } from './sdk-schemas.ts'

const kindOf: Readonly<Record<ShapeKind['type'], Kind>> = {
  text: 'string',
  integer: 'number',
  boolean: 'boolean',
  blob: 'blob',
  timestamp: 'timestamp',
  list: 'list',
  structure: 'structure',
  map: 'map',
}

/** The places where the shape differs from the SDK's: extra or missing members, or members of a different kind. */
export function differences(
  { kind }: AnyShape,
  sdk: SdkShape,
  path: string,
  isKnown: (place: string) => boolean,
): string[] {
  if (kindOf[kind.type] !== sdk.kind) return [`${path} is a ${kind.type}, not a ${sdk.kind}`]
  if (kind.type === 'list') {
    return sdk.element === undefined ? [] : differences(kind.element, sdk.element, `${path}/[]`, isKnown)
  }
  if (kind.type !== 'structure') return []
  const extra = [...kind.shapes.keys()]
    .filter(name => !sdk.members.has(name))
    .map(name => `${path}/${name} is not a member`)
  const inside = [...sdk.members].flatMap(([name, member]) => {
    const own = kind.shapes.get(name)
    if (own !== undefined) return differences(own, member, `${path}/${name}`, isKnown)
    return isKnown(`${path}/${name}`) ? [] : [`${path}/${name} is missing`]
  })
  return [...extra, ...inside]
}
