import { compileNewPolicy, PolicyProblem, policyGrammars } from '../../../access/index.ts'
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
    // The form was recorded from AWS. Its positions of faults in valid JSON are not known, so they are those of the document.
    throw invalid(
      `The Policy Document is not valid. Syntax error at position (${positionOf(document)})`,
      problem.message,
    )
  }
  return document
}

const invalid = (text: string, reason?: string) =>
  new ServiceError('InvalidPolicyDocument', text, reason === undefined ? {} : { reason })

/** The line and the column of a fault in the JSON, if the parser names them, or else of the begin. */
function positionOf(document: string): string {
  try {
    parseJson(document)
  } catch (fault) {
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(String(fault)) ?? []
    if (line !== undefined && column !== undefined) return `${line},${column}`
  }
  return '1,1'
}
