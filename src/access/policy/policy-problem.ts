/** A policy document cannot be used. The message says why, in the log and in the text of MalformedPolicyDocument. */
export class PolicyProblem extends Error {
  /** The place in the document, such as `Statement 2: Action`; empty for the document as a whole. */
  readonly place: string

  /** A message in AWS's own words stays as it is; a message in ours begins with the place. */
  constructor(message: string, place = '', wording: 'ours' | 'AWS' = 'ours') {
    super(place === '' || wording === 'AWS' ? message : `${place}: ${message}`)
    this.place = place
  }
}
