import { compileNewPolicy, offsetOfProblem, PolicyProblem, policyGrammars } from '../../../access/index.ts'
import { defaultEndpointPolicy, ServiceError } from '../../../domain/index.ts'
import { parseJson } from '../../../std/index.ts'

const { sizeMax } = policyGrammars.endpoint

/** Returns the policy that a request gives an endpoint; the default policy if it gives none. Throws InvalidPolicyDocument. */
export function endpointPolicyOf(document: string | undefined): string {
  if (document === undefined || document === '') return defaultEndpointPolicy
  if (document.length > sizeMax)
    // This text is not AWS's.
    throw invalid(`The Policy Document is longer than ${sizeMax} characters`)
  try {
    compileNewPolicy(document, 'endpoint', 'endpoint policy')
  } catch (problem) {
    if (!(problem instanceof PolicyProblem)) throw problem
    // The form was recorded from AWS. Its positions of faults in valid JSON are not known.
    const offset = offsetOfBreak(document) ?? offsetOfProblem(document, problem)
    throw invalid(
      `The Policy Document is not valid. Syntax error at position (${positionOf(document, offset)})`,
      problem.message,
    )
  }
  return document
}

const invalid = (text: string, reason?: string) =>
  new ServiceError('InvalidPolicyDocument', text, reason === undefined ? {} : { reason })

/** The line and the column of an offset, both from 1. */
function positionOf(document: string, offset: number): string {
  const lines = document.slice(0, offset).split('\n')
  return `${lines.length},${(lines.at(-1)?.length ?? 0) + 1}`
}

/** The offset at which a document stops being JSON; undefined if it is JSON. */
function offsetOfBreak(document: string): number | undefined {
  const fault = faultIn(document)
  if (fault === '') return undefined
  if (!isWrongToken(fault)) return Number(/at position (\d+)/.exec(fault)?.[1] ?? document.length)
  // The parser names no position of a wrong token: it is the last character of the shortest part that has the same fault.
  let [without, withIt] = [0, document.length]
  while (withIt - without > 1) {
    const middle = (without + withIt) >> 1
    if (isWrongToken(faultIn(document.slice(0, middle)))) withIt = middle
    else without = middle
  }
  return withIt - 1
}

const isWrongToken = (fault: string) => fault.startsWith('SyntaxError: Unexpected token')

/** The parser's message about a text; empty if the text is JSON. */
function faultIn(text: string): string {
  try {
    parseJson(text)
    return ''
  } catch (fault) {
    return String(fault)
  }
}
