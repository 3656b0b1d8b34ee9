import { TokenProblem } from '../../pkcs11/problem.ts'
import type { ClusterMembers } from '../cluster-members.ts'
import { tokenKeyNameOf } from '../key-check.ts'
import type { TokenAudit } from './audit-tokens.ts'
import { findIn, isRead, type ReadToken, type TokenFinding } from './findings.ts'
import { readOpen, type UnreadToken } from './read-token.ts'

/** The keys that a custom key store has: their labels in the tokens, and whether each token must have them. */
type StoreKeys = ReadonlyMap<string, { readonly isShared: boolean }>

/**
 * Reads the keys of the tokens that serve a custom key store, and judges them against the keys of the store. It needs no PIN, because the server is
 * logged in.
 */
export async function auditStore(members: ClusterMembers): Promise<TokenAudit> {
  const known = await keysOf(members)
  const tokens: (ReadToken | UnreadToken)[] = []
  for (const token of members.tokens) {
    const { label, library = '' } = token.address
    try {
      tokens.push(await token.use(gateway => readOpen(gateway, { library, label })))
    } catch (error) {
      if (!(error instanceof TokenProblem)) throw error
      tokens.push({ library, label, problem: error.message })
    }
  }
  const read = tokens.filter(isRead)
  return { tokens, findings: [...findIn(read, true), ...compare(read, known, read.length === tokens.length)] }
}

async function keysOf({ name, surroundings: { options } }: ClusterMembers): Promise<StoreKeys> {
  const known = new Map<string, { readonly isShared: boolean }>()
  for await (const { binding, reference } of options.listKeys(name))
    known.set(tokenKeyNameOf(binding).label, reference)
  return known
}

/** Compares the keys of tokens with those of the store. A key that is not shared is in one token, which may not have been read. */
function compare(tokens: readonly ReadToken[], known: StoreKeys, areAll: boolean): TokenFinding[] {
  const [first] = tokens
  const findings: TokenFinding[] = []
  const find = ({ library, label: token }: ReadToken, kind: TokenFinding['kind'], text: string) =>
    findings.push({ library, token, kind, text })
  const labelsOf = ({ keys }: ReadToken) =>
    new Set(keys.filter(({ class: kind }) => kind === 'secret').map(({ label }) => label))
  const all = tokens.map(token => ({ token, labels: labelsOf(token) }))
  for (const { token, labels } of all)
    for (const label of labels)
      if (!known.has(label))
        find(token, 'unknownKey', `the secret key ${label} is no key of the custom key store`)
  for (const [label, { isShared }] of known) {
    const lacking = all.filter(({ labels }) => !labels.has(label))
    if (isShared) for (const { token } of lacking) find(token, 'missingKey', `the key ${label} is not there`)
    else if (areAll && first !== undefined && lacking.length === all.length)
      find(first, 'missingKey', `the key ${label} is in no token`)
  }
  return findings
}
