/**
 * The shape language: one declaration of a wire value gives its decoder (with AWS's own validation messages), its
 * encoder, its TypeScript type, and the part of it that may be written to a log.
 *
 * The texts and their order follow the answers of AWS's JSON services: a value of the wrong JSON type ends the decoding
 * at once (SerializationException); values outside their constraint are collected and reported together
 * ("2 validation errors detected: …").
 */

/** Any JSON value. */
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

/** Decodes, encodes, discloses and wipes a wire value. */
export interface Shape<T> {
  /** The structure of its JSON, for protocols that write the same values in a different form. */
  readonly kind: ShapeKind
  /**
   * Turns parsed JSON into a typed value. `path` names the place for messages, such as `tags.1.member.tagKey`: names in
   * lowerCamel, list indices from 1. Throws SerializationProblem; constraint violations are added to `problems`.
   */
  decode(value: unknown, path: string, problems: string[]): T
  /** Turns a typed value into JSON. */
  encode(value: T): Json
  /** The part of the value that a log or audit record may show; undefined for nothing. */
  disclose(value: T): Json | undefined
  /** Whether messages name only the place of the value, even if it is absent. */
  readonly isSensitive?: boolean
  /** Overwrites the bytes of the secrets in the value; absent for a shape that cannot hold secrets. */
  readonly wipe?: ((value: T) => void) | undefined
}

/** The structure of a shape's JSON. */
export type ShapeKind =
  | { readonly type: 'text' | 'integer' | 'boolean' | 'blob' | 'timestamp' }
  | { readonly type: 'list'; readonly element: AnyShape }
  /** The members are in the order of their declaration. */
  | { readonly type: 'structure'; readonly shapes: ReadonlyMap<string, AnyShape> }
  | { readonly type: 'map' }

/** A shape of any type. */
// biome-ignore lint/suspicious/noExplicitAny: decode and encode use the type in both directions
export type AnyShape = Shape<any>

/** The TypeScript type that a shape declares. */
export type Infer<S> =
  S extends Shape<infer T>
    ? T
    : S extends Required<infer R extends AnyShape>
      ? Infer<R>
      : S extends RequiredUnless<infer O extends AnyShape>
        ? Infer<O>
        : never

/** A member that must be present. */
export interface Required<S extends AnyShape> {
  readonly required: S
  readonly fallback?: Infer<S>
}

/** Makes a member of a structure required. */
export function required<S extends AnyShape>(shape: S): Required<S> {
  return { required: shape }
}

/** A member that may be absent from some requests. */
export interface RequiredUnless<S extends AnyShape> {
  readonly optional: S
  /** Whether a structure with these other members may lack this one. */
  readonly isExempt: (others: object) => boolean
}

/** Makes a member of a structure required, except in structures whose other members make it superfluous. */
export function requiredUnless<S extends AnyShape>(
  isExempt: (others: object) => boolean,
  shape: S,
): RequiredUnless<S> {
  return { optional: shape, isExempt }
}

/** A member that has the value `value` when it is absent from the wire: handlers and records always see one. */
export function defaulted<S extends AnyShape>(shape: S, value: Infer<S>): Required<S> {
  return { required: shape, fallback: value }
}

/** Keeps a value out of logs: it decodes and encodes as before, but is never disclosed. */
export function undisclosed<T>(shape: Shape<T>): Shape<T> {
  return { ...shape, disclose: () => undefined }
}

/**
 * Marks a value as a secret: it is never disclosed, and messages about it do not repeat it. Bytes are wiped after use;
 * text cannot be wiped.
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
    isSensitive: true,
    wipe(value) {
      if (value instanceof Uint8Array) value.fill(0)
    },
  }
}

/** Messages about the values inside name only their place, and there are at most `problemsMax` of them. */
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

/** A violation's message without the value that it quotes. */
function withoutValue(problem: string): string {
  return problem.replace(/^Value '.*' at '/s, "Value at '")
}

const withoutNull = (problem: string) => problem.replace(/^Value null at '/, "Value at '")

/** The error for a JSON token of the wrong type, with AWS's name for the token. */
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

/** One violation in AWS's words. `shown` is the value as the message quotes it; undefined when it must not appear. */
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
