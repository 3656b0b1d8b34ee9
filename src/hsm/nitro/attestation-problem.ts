/**
 * Why an attestation document does not count. The message is for logs: a caller learns only that it does not.
 */
export class AttestationProblem extends Error {}

/** Throws an AttestationProblem with the reason, unless the condition holds. */
export function demand(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new AttestationProblem(reason)
}

/** What `read` returns; an AttestationProblem with the reason when it throws anything else. */
export function attempt<T>(reason: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof AttestationProblem) throw error
    throw new AttestationProblem(`${reason}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
