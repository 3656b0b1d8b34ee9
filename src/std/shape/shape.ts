/**
 * The shape language: one declaration of a wire value gives its decoder (with AWS's own validation messages), its
 * encoder, its TypeScript type, and what of it may be written to a log.
 *
 * The texts and their order follow what AWS's JSON services answer: a value of the wrong JSON type ends the decoding
 * at once (SerializationException); values outside their constraint are collected and reported together
 * ("2 validation errors detected: …").
 */
export type Json = null | boolean | number | string | Json[] | { [member: string]: Json }

/** The body cannot be read as the shape at all: AWS's SerializationException. */
export class SerializationProblem extends Error {}

/** The body was read, but values break their constraints: AWS's ValidationException. */
export class ConstraintProblem extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const noun = problems.length === 1 ? 'error' : 'errors'
    super(`${problems.length} validation ${noun} detected: ${problems.join('; ')}`)
    this.problems = problems
  }
}

export interface Shape<T> {
  /** What its JSON consists of, for protocols that write the same values in another way. */
  readonly kind: ShapeKind
  /**
   * From parsed JSON to a typed value. `path` names the place for messages (lowerCamel, 1-based list indices with
   * `.member.`). Throws SerializationProblem; constraint violations are pushed onto `problems`.
   */
  decode(value: unknown, path: string, problems: string[]): T
  /** From a typed value to JSON. */
  encode(value: T): Json
  /** What a log or audit record may show of the value; undefined for nothing. */
  disclose(value: T): Json | undefined
  /** Overwrites the bytes of the secrets in the value; absent where it can have none. */
  readonly wipe?: ((value: T) => void) | undefined
}

export type ShapeKind =
  | { readonly type: 'text' | 'integer' | 'boolean' | 'blob' | 'timestamp' }
  | { readonly type: 'list'; readonly element: AnyShape }
  /** In the order in which they are declared. */
  | { readonly type: 'structure'; readonly shapes: ReadonlyMap<string, AnyShape> }
  | { readonly type: 'map' }

/** A shape of whatever type. */
// biome-ignore lint/suspicious/noExplicitAny: decode and encode use the type in both directions
export type AnyShape = Shape<any>

/** The TypeScript type a shape declares. */
export type Infer<S> =
  S extends Shape<infer T> ? T : S extends Required<infer R extends AnyShape> ? Infer<R> : never

/** A member that must be present. */
export interface Required<S extends AnyShape> {
  readonly required: S
  readonly fallback?: Infer<S>
}

export function required<S extends AnyShape>(shape: S): Required<S> {
  return { required: shape }
}

/** A member that stands for `value` where it is absent: to handlers and records it is always there. */
export function defaulted<S extends AnyShape>(shape: S, value: Infer<S>): Required<S> {
  return { required: shape, fallback: value }
}

/** The value is not for logs: it decodes and encodes as before, but is never disclosed. */
export function undisclosed<T>(shape: Shape<T>): Shape<T> {
  const { kind, decode, encode, wipe } = shape
  return { kind, decode, encode, disclose: () => undefined, wipe }
}

/**
 * The value is a secret: never disclosed, not repeated in the messages about it either, and wiped after use where it is
 * bytes. Text cannot be.
 */
export function sensitive<T>(shape: Shape<T>): Shape<T> {
  return {
    kind: shape.kind,
    decode(value, path, problems) {
      const ownProblems: string[] = []
      const decoded = shape.decode(value, path, ownProblems)
      problems.push(...ownProblems.map(withoutValue))
      return decoded
    },
    encode: shape.encode,
    disclose: () => undefined,
    wipe(value) {
      if (value instanceof Uint8Array) value.fill(0)
    },
  }
}

/** The messages about values in it say only where they are, and are `problemsMax` at most. */
export function unquoted<S extends AnyShape>(shape: S, problemsMax: number): S {
  return {
    ...shape,
    decode(value: unknown, path: string, problems: string[]) {
      const ownProblems: string[] = []
      const decoded = shape.decode(value, path, ownProblems)
      problems.push(...ownProblems.slice(0, problemsMax).map(withoutValue).map(withoutNull))
      return decoded
    },
  }
}

/** A violation's message without the value it quotes. */
function withoutValue(problem: string): string {
  return problem.replace(/^Value '.*' at '/s, "Value at '")
}

const withoutNull = (problem: string) => problem.replace(/^Value null at '/, "Value at '")

/** What AWS calls the JSON token that stands where another was expected. */
export function unexpectedToken(value: unknown, expected: string): SerializationProblem {
  if (Array.isArray(value)) return new SerializationProblem('Start of list found where not expected')
  switch (typeof value) {
    case 'object':
      return new SerializationProblem('Start of structure or map found where not expected.')
    case 'boolean':
      return new SerializationProblem(`${value ? 'TRUE' : 'FALSE'}_VALUE can not be converted to ${expected}`)
    case 'number':
      return new SerializationProblem(
        `${Number.isInteger(value) ? 'NUMBER' : 'DECIMAL'}_VALUE can not be converted to ${expected}`,
      )
    default:
      return new SerializationProblem(`STRING_VALUE can not be converted to ${expected}`)
  }
}

/** One violation in AWS's words; `shown` is how the value is quoted, or undefined where it must not be. */
export function violation(path: string, shown: string | undefined, constraint: string): string {
  const value = shown === undefined ? 'Value' : `Value ${shown}`
  return `${value} at '${path}' failed to satisfy constraint: Member must ${constraint}`
}

/** Reads a whole document as `shape`. Throws SerializationProblem or ConstraintProblem. */
export function decode<T>(shape: Shape<T>, value: unknown): T {
  const problems: string[] = []
  const decoded = shape.decode(value, '', problems)
  if (problems.length > 0) throw new ConstraintProblem(problems)
  return decoded
}
