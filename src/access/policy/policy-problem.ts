/** A policy document cannot be used. The message says why, in the log and in the text of MalformedPolicyDocument. */
export class PolicyProblem extends Error {
  /** The place in the document, such as `Statement 2: Action`; empty for the document as a whole. */
  readonly place: string
  /** The text with which AWS refuses the document, if it is known; for other faults IAM speaks of syntax errors. */
  readonly answer: string | undefined

  /**
   * A message in AWS's own words stays as it is; a message in ours begins with the place. `answer` is AWS's text for a message
   * in ours, where AWS says less.
   */
  constructor(message: string, place = '', wording: 'ours' | 'AWS' | { readonly answer: string } = 'ours') {
    super(place === '' || wording === 'AWS' ? message : `${place}: ${message}`)
    this.place = place
    this.answer = typeof wording === 'object' ? wording.answer : wording === 'AWS' ? message : undefined
  }
}

/** The problem that AWS reports in these words. */
export const awsProblem = (text: string, place = '') => new PolicyProblem(text, place, 'AWS')

/** AWS's text for values that its older parser cannot read (recorded from AWS). */
const failedLegacyParsing = 'The policy failed legacy parsing'

/** The problem of a value that AWS's older parser cannot read. */
export function legacyProblem(message: string, place: string): PolicyProblem {
  return new PolicyProblem(message, place, { answer: failedLegacyParsing })
}

/** Whether AWS's older parser refuses the document. */
export function isLegacyProblem(problem: PolicyProblem): boolean {
  return problem.answer === failedLegacyParsing
}
