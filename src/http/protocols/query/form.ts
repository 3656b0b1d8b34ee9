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

/** More than any request of IAM or STS needs; the policy simulator has the longest lists. */
const parametersMax = 10_000
const nameLengthMax = 512
/** The deepest name, a policy in a list of lists of the simulator, has six segments. */
const segmentsMax = 10

const malformed = (text: string) => new ServiceError('MalformedQueryStringException', text)
const invalid = (text: string) => new ServiceError('InvalidQueryParameterException', text)

/** Reads a body of type application/x-www-form-urlencoded (URL standard). Throws the same errors as `parseForm`. */
export function parseFormBody(body: Buffer): FormParameters {
  if (!isUtf8(body)) throw malformed('The request is not well-formed UTF-8.')
  return parseForm(body.toString('utf8').replaceAll('+', '%20'))
}

/**
 * Reads percent-encoded `name=value&…`. A plus sign stays a plus sign: the signature of a URL covers it as one, and the
 * server must read exactly the signed text. Throws MalformedQueryStringException for broken encoding, and
 * InvalidQueryParameterException for parameters that are repeated, too many or too long.
 */
export function parseForm(text: string): FormParameters {
  const parameters = new Map<string, string>()
  let start = 0
  while (start < text.length) {
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
  if (parameters.size >= parametersMax) {
    throw invalid(`The request has more than ${parametersMax} parameters.`)
  }
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
}

/**
 * Nests parameters by the dots in their names. The number of an item may have leading zeros (recorded from AWS). Throws
 * InvalidQueryParameterException for a name that is too deep or has two values, and SerializationProblem for two
 * numbers in a row.
 */
export function nestParameters(parameters: FormParameters): FormNode {
  const root = new Node()
  for (const [name, text] of parameters) {
    const segments = name.split('.', segmentsMax + 1).map(withoutZeros)
    if (segments.length > segmentsMax) throw invalid(`The parameter ${name} goes too deep.`)
    if (segments.some((segment, index) => isNumber(segment) && isNumber(segments[index + 1])))
      throw new SerializationProblem('Two index elements may not occur back to back')
    let node = root
    for (const segment of segments) {
      const next = node.inside.get(segment) ?? new Node()
      node.inside.set(segment, next)
      node = next
    }
    if (node.text !== undefined) throw invalid(`The parameter ${name} is given more than once.`)
    node.text = text
  }
  return root
}

const isNumber = (segment: string | undefined) => segment !== undefined && /^\d+$/.test(segment)
const withoutZeros = (segment: string) => segment.replace(/^0+(?=\d+$)/, '')
