import { type Json, list, required, sha256Hex, string, structure } from '../../std/index.ts'

// The shapes that questions about permissions share.

/** The name of an action, with the prefix of its service. */
export const actionType = string({ min: 3, max: 128, pattern: '[a-zA-Z0-9-]+:[a-zA-Z0-9]+' })

/** The condition values of the request that a question is about. */
export const contextEntriesType = list(
  structure({
    ContextKeyName: required(string({ min: 5, max: 1024 })),
    ContextKeyValues: required(list(string({ max: 4096 }), { max: 50 })),
  }),
  { max: 100 },
)

interface ContextEntry {
  readonly ContextKeyName: string
  readonly ContextKeyValues: readonly string[]
}

/** Returns the condition values by the names of their condition keys. */
export function givenOf(entries: readonly ContextEntry[] = []): ReadonlyMap<string, readonly string[]> {
  return new Map(entries.map(({ ContextKeyName: name, ContextKeyValues: values }) => [name, values]))
}

/**
 * Shows a draft of a key policy in the audit record as its digest. An editor asks with every pause in the typing: the digest names the
 * draft, and the log does not grow by its text.
 */
export function showDigest(
  { KeyPolicyDraft: draft }: { readonly KeyPolicyDraft?: string | undefined },
  disclosed: Json,
): Json {
  return draft === undefined ? disclosed : { ...(disclosed as object), keyPolicyDraft: sha256Hex(draft) }
}
