/** An attestation document that is not accepted. The message is for logs and must not reveal the reason to a caller. */
export class AttestationProblem extends Error {}

/** Throws an AttestationProblem with the reason, unless the condition holds. */
export function demand(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new AttestationProblem(reason)
}

/** Returns the result of `read`. Throws AttestationProblem, with the reason if `read` throws anything else. */
export function attempt<T>(reason: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof AttestationProblem) throw error
    throw new AttestationProblem(`${reason}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
