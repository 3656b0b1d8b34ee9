import { Buffer } from 'node:buffer'
import { decodeBase64, encodeBase64 } from '../bytes.ts'
import { SerializationProblem, type Shape, unexpectedToken, violation } from './shape.ts'

interface StringLimits {
  /** In UTF-16 code units, as AWS's front end counts. */
  min?: number
  max?: number
  /** Must match the whole string. AWS's message shows the source of the pattern. */
  pattern?: string
}

/** A string. */
export function string(limits: StringLimits = {}): Shape<string> {
  const { min = 0, max = Number.POSITIVE_INFINITY } = limits
  const pattern = limits.pattern === undefined ? undefined : compilePattern(limits.pattern)
  return {
    kind: { type: 'text' },
    decode(value, path, problems) {
      const text = decodeText(value)
      if (text.length < min) problems.push(violation(path, `'${text}'`, lengthAtLeast(min)))
      if (text.length > max) problems.push(violation(path, `'${text}'`, lengthAtMost(max)))
      if (pattern !== undefined && !pattern.test(text)) {
        problems.push(violation(path, `'${text}'`, `satisfy regular expression pattern: ${limits.pattern}`))
      }
      return text
    },
    encode: same,
    disclose: same,
  }
}

/** The patterns of tags have Unicode classes such as `\p{L}`, which JavaScript has in Unicode mode only. */
function compilePattern(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '')
}

/**
 * A string from a closed set. `listed` are the values that the violation lists, in its order, for an enumeration whose text in AWS
 * lists other values than the service takes.
 */
export function enumeration<const V extends string>(
  values: readonly V[],
  listed: readonly string[] = values,
): Shape<V> {
  const known = new Set<string>(values)
  return {
    kind: { type: 'text' },
    decode(value, path, problems) {
      const text = decodeText(value)
      if (!known.has(text)) {
        problems.push(violation(path, `'${text}'`, `satisfy enum value set: [${listed.join(', ')}]`))
      }
      return text as V
    },
    encode: same,
    disclose: same,
  }
}

/**
 * Bytes: standard base64 on the wire, with limits in bytes. They are never disclosed: a blob is key material or encrypted, or
 * of no use in a log.
 */
export function blob(limits: { min?: number; max?: number } = {}): Shape<Uint8Array> {
  const { min = 0, max = Number.POSITIVE_INFINITY } = limits
  const textLengthMax = 4 * Math.ceil(max / 3)
  return {
    kind: { type: 'blob' },
    decode(value, path, problems) {
      if (typeof value !== 'string') throw unexpectedToken(value, 'a Blob')
      // A text of this length stands for too many bytes, so it is not decoded.
      if (value.length > textLengthMax) {
        problems.push(violation(path, undefined, lengthAtMost(max)))
        return Buffer.alloc(0)
      }
      const bytes = decodeBase64(value)
      if (bytes === undefined) throw new SerializationProblem('STRING_VALUE can not be converted to a Blob')
      if (bytes.length < min) problems.push(violation(path, undefined, lengthAtLeast(min)))
      if (bytes.length > max) problems.push(violation(path, undefined, lengthAtMost(max)))
      return bytes
    },
    encode: encodeBase64,
    disclose: () => undefined,
  }
}

/** A whole number that JavaScript can hold exactly. */
export function integer(limits: { min?: number; max?: number } = {}): Shape<number> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = limits
  return {
    kind: { type: 'integer' },
    decode(value, path, problems) {
      if (typeof value !== 'number' || !Number.isSafeInteger(value))
        throw unexpectedToken(value, 'an Integer')
      if (value < min)
        problems.push(violation(path, `'${value}'`, `have value greater than or equal to ${min}`))
      if (value > max) problems.push(violation(path, `'${value}'`, `have value less than or equal to ${max}`))
      return value
    },
    encode: same,
    disclose: same,
  }
}

/** True or false. */
export function boolean(): Shape<boolean> {
  return {
    kind: { type: 'boolean' },
    decode(value) {
      if (typeof value !== 'boolean') throw unexpectedToken(value, 'a Boolean')
      return value
    },
    encode: same,
    disclose: same,
  }
}

/** A point in time: milliseconds since the Unix epoch in the server, seconds with a fraction on the wire. */
export function timestamp(): Shape<number> {
  return {
    kind: { type: 'timestamp' },
    decode(value) {
      const millis = typeof value === 'number' ? Math.round(value * 1000) : Number.NaN
      if (!(Math.abs(millis) <= millisMax)) throw unexpectedToken(value, 'a Date')
      return millis
    },
    encode: millis => millis / 1000,
    // CloudTrail writes times inside requests and responses like this: `Aug 10, 2022, 10:38:27 PM`.
    disclose: millis => cloudTrailTime().format(millis).replaceAll('\u202f', ' '),
  }
}

/** The latest time that a Date can hold (ECMA-262, "Time Values and Time Range"). */
const millisMax = 8.64e15

let cloudTrailFormat: Intl.DateTimeFormat | undefined
/** Made for the first time that is disclosed: it costs 10 ms, which no start has to spend. */
const cloudTrailTime = () => {
  cloudTrailFormat ??= new Intl.DateTimeFormat('en-US', {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: 'UTC',
  })
  return cloudTrailFormat
}

/** A string of well-formed Unicode: encoding replaces a lone surrogate, so two different texts would become the same. */
function decodeText(value: unknown): string {
  if (typeof value !== 'string') throw unexpectedToken(value, 'a String')
  if (!value.isWellFormed()) throw new SerializationProblem('STRING_VALUE is not well-formed Unicode')
  return value
}

const lengthAtLeast = (min: number) => `have length greater than or equal to ${min}`
const lengthAtMost = (max: number) => `have length less than or equal to ${max}`
const same = <T>(value: T): T => value
