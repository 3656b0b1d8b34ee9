/** A policy document cannot be used; the message says why, for the log and for the texts of MalformedPolicyDocument. */
export class PolicyProblem extends Error {
  /** The place in the document, such as `Statement 2: Action`; empty for the document as a whole. */
  readonly place: string

  /** `says`: AWS's own words go out as they are; ours say where. */
  constructor(message: string, place = '', says: 'ours' | 'AWS' = 'ours') {
    super(place === '' || says === 'AWS' ? message : `${place}: ${message}`)
    this.place = place
  }
}
