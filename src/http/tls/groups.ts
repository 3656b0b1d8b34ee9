/** The key exchanges that a server accepts: hybrid before classical, hybrid alone, or classical alone. */
export type TlsGroups = 'hybrid' | 'hybrid-only' | 'classical'

// The names are OpenSSL's. The hybrids are of draft-ietf-tls-ecdhe-mlkem, in the order of their cost.
const hybrid = 'X25519MLKEM768:SecP256r1MLKEM768:SecP384r1MLKEM1024'
const classical = 'X25519:P-256:P-384'

/**
 * The groups in the order of preference, as OpenSSL reads them (SSL_CTX_set1_groups_list). A slash ends a tuple. From the
 * first tuple that has a group of the client's, OpenSSL takes one for which the client sent a key share, and otherwise asks
 * for one with a HelloRetryRequest. In a single tuple, a classical key share would win over a hybrid group that the client
 * supports too.
 */
export const groupLists: Readonly<Record<TlsGroups, string>> = {
  hybrid: `${hybrid}/${classical}`,
  'hybrid-only': hybrid,
  classical,
}

/** The names of IANA's registry "TLS Supported Groups", which CloudTrail's `keyExchange` has too. */
const names: Readonly<Record<number, string>> = {
  23: 'secp256r1',
  24: 'secp384r1',
  29: 'x25519',
  4587: 'SecP256r1MLKEM768',
  4588: 'X25519MLKEM768',
  4589: 'SecP384r1MLKEM1024',
}

/** Returns the name of a group that this server negotiates; undefined for other numbers. */
export function nameOfGroup(id: number): string | undefined {
  return names[id]
}
