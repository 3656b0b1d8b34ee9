/** The facts about a connection that hold for all its requests. */
export interface ConnectionFacts {
  /** The address of the client, in the form that `plainAddress` returns. */
  readonly remoteAddress: string
}
