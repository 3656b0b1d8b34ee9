import { isUtf8 } from 'node:buffer'
import { ServiceError } from '../../../domain/index.ts'
import { SerializationProblem } from '../../../std/index.ts'

/** The parameters of a request by their full names, such as `Tags.member.1.Key`. */
export type FormParameters = ReadonlyMap<string, string>

/** The parameters as a tree, by the segments of their names: a node has a value or nodes inside. */
export interface FormNode {
  readonly text: string | undefined
  readonly inside: ReadonlyMap<string, FormNode>
}

/**
 * More than any request of IAM or STS needs; the policy simulator has the longest lists. Parameters are read before the
 * signature is checked, and each costs about a microsecond.
 */
const parametersMax = 4000
const nameLengthMax = 512
/** The deepest name, a policy in a list of lists of the simulator, has six segments. */
const segmentsMax = 10

const malformed = (text: string) => new ServiceError('MalformedQueryStringException', text)
const invalid = (text: string) => new ServiceError('InvalidQueryParameterException', text)

/** Reads a body of type application/x-www-form-urlencoded (URL standard). Throws the same errors as `parseForm`. */
export function parseFormBody(body: Buffer): FormParameters {
  if (!isUtf8(body)) throw malformed('The request is not well-formed UTF-8.')
  return parseForm(withSpaces(body).toString('utf8'))
}

/** Replaces each plus sign by the space that it means. A string with a million of them would take thirty times as long. */
function withSpaces(body: Buffer): Buffer {
  if (!body.includes(plus)) return body
  // The signature is still to be checked, over the body as it was received.
  const copy = Buffer.from(body)
  for (let i = 0; i < copy.length; i++) if (copy[i] === plus) copy[i] = space
  return copy
}

const [plus, space] = [0x2b, 0x20]

/**
 * Reads percent-encoded `name=value&…`. A plus sign stays a plus sign: the signature of a URL covers it as one, and the
 * server must read exactly the signed text. Throws MalformedQueryStringException for broken encoding, and
 * InvalidQueryParameterException for parameters that are repeated, too many or too long.
 */
export function parseForm(text: string): FormParameters {
  const parameters = new Map<string, string>()
  let start = 0
  let parts = 0
  while (start < text.length) {
    // Empty parts count, because looking for the next one costs as much as reading a parameter.
    if (++parts > parametersMax) throw invalid(`The request has more than ${parametersMax} parameters.`)
    const ampersand = text.indexOf('&', start)
    const end = ampersand < 0 ? text.length : ampersand
    if (end > start) addParameter(parameters, text.slice(start, end))
    start = end + 1
  }
  return parameters
}

function addParameter(parameters: Map<string, string>, pair: string): void {
  const equals = pair.indexOf('=')
  const name = decodePercent(equals < 0 ? pair : pair.slice(0, equals))
  if (name.length > nameLengthMax) {
    throw invalid(`The name of a parameter is longer than ${nameLengthMax} characters.`)
  }
  if (parameters.has(name)) throw invalid(`The parameter ${name} is given more than once.`)
  parameters.set(name, equals < 0 ? '' : decodePercent(pair.slice(equals + 1)))
}

function decodePercent(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed('The query string contains a syntax error.')
  }
}

class Node implements FormNode {
  text: string | undefined
  readonly inside = new Map<string, Node>()

  /** Returns the node inside with a name, which is made if it is missing. */
  at(name: string): Node {
    const known = this.inside.get(name)
    if (known !== undefined) return known
    const made = new Node()
    this.inside.set(name, made)
    return made
  }
}

/**
 * Nests parameters by the dots in their names. The number of an item may have leading zeros (recorded from AWS). Throws
 * InvalidQueryParameterException for a name that is too deep or has two values, and SerializationProblem for two
 * numbers in a row.
 */
export function nestParameters(parameters: FormParameters): FormNode {
  const root = new Node()
  for (const [name, text] of parameters) {
    const segments = name.split('.', segmentsMax + 1)
    if (segments.length > segmentsMax) throw invalid(`The parameter ${name} goes too deep.`)
    let node = root
    let isAfterNumber = false
    for (const segment of segments) {
      const isANumber = isNumber(segment)
      if (isANumber && isAfterNumber)
        throw new SerializationProblem('Two index elements may not occur back to back')
      node = node.at(isANumber ? withoutZeros(segment) : segment)
      isAfterNumber = isANumber
    }
    if (node.text !== undefined) throw invalid(`The parameter ${name} is given more than once.`)
    node.text = text
  }
  return root
}

const isNumber = (segment: string) => /^\d+$/.test(segment)

/** Removes the leading zeros of a number; an expression that also looked for its end would take quadratic time. */
function withoutZeros(digits: string): string {
  let start = 0
  while (start < digits.length - 1 && digits[start] === '0') start++
  return digits.slice(start)
}
