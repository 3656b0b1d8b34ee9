import { XksFailure, type XksFailureName } from '../../domain/index.ts'

/** A call that a proxy has answered with an error. */
export class ProxyRefusal extends XksFailure {
  /** The proxy's own words, for the log alone; undefined if it gave none. */
  readonly said: string | undefined

  constructor(failure: XksFailureName, reason: string, said: string | undefined) {
    super(failure, reason)
    this.said = said
  }
}

/** Returns the failure of an answer that is not as it must be. */
export const malformed = (reason: string) => new XksFailure('malformed', reason)
