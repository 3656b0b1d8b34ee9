import type { TokenKey } from '../token-gateway.ts'

/** A token as its user sees it. */
export interface ReadToken {
  /** The name of its library in the settings. */
  readonly library: string
  readonly label: string
  readonly manufacturer: string
  readonly model: string
  readonly serial: string
  /** The SHA-256 of the transport key (SubjectPublicKeyInfo), as hex; undefined if there is none, or one that is unfit. */
  readonly transportKey: string | undefined
  /** The reason why the transport key is unfit. */
  readonly transportProblem?: string
  readonly keys: readonly TokenKey[]
}

/** Whether a token could be read. */
export const isRead = <Other>(token: ReadToken | Other): token is ReadToken =>
  typeof token === 'object' && token !== null && 'keys' in token

/** A fact about a token that an operator must look into. */
export interface TokenFinding {
  readonly library: string
  readonly token: string
  readonly kind: FindingKind
  /** A sentence without its full stop, about the token. */
  readonly text: string
}

/** The kinds of findings. */
export type FindingKind =
  /** The owner of the private half of a trusted key can take every shared key out of the token. */
  | 'foreignTrustedKey'
  /** The value of a key can be read, or leaves the token under a key that is not trusted. */
  | 'leavesToken'
  /** The key makes others, or takes others out, which no key of Keyward does. */
  | 'wrapsOrDerives'
  | 'unfitTransportKey'
  | 'sameId'
  /** No key of the custom key store is this one. Only an operator can know whether it may go. */
  | 'unknownKey'
  /** The token does not have a key of the custom key store. */
  | 'missingKey'

/**
 * Returns the findings about tokens. `isWhole` says whether these are all tokens of a cluster: the trusted keys of a single one
 * may be foreign ones. A flag that a token does not report counts as the worse one.
 */
export function findIn(tokens: readonly ReadToken[], isWhole: boolean): TokenFinding[] {
  const known = new Set(tokens.flatMap(({ transportKey }) => transportKey ?? []))
  return tokens.flatMap(token => {
    const { library, label, transportProblem, keys } = token
    const found: readonly (readonly [FindingKind, string])[] = [
      ...(isWhole ? keys.flatMap(key => foreignTrust(key, known)) : []),
      ...(transportProblem === undefined ? [] : [['unfitTransportKey', transportProblem] as const]),
      ...keys.flatMap(key => leaks(key)),
      ...keys.flatMap(key => uses(key, token)),
      ...sameIds(keys),
    ]
    return found.map(([kind, text]) => ({ library, token: label, kind, text }))
  })
}

/** Whether the security officer has made a key a trusted one. */
export const isTrusted = ({ flags }: TokenKey): boolean => flags.trusted === true

type Found = (readonly [FindingKind, string])[]

const nameOf = ({ class: kind, label }: TokenKey) => `the ${kind} key ${label}`

function foreignTrust(key: TokenKey, known: ReadonlySet<string>): Found {
  const { fingerprint } = key
  if (!isTrusted(key) || (key.class === 'public' && fingerprint !== undefined && known.has(fingerprint)))
    return []
  const which = fingerprint === undefined ? '' : ` (SHA-256 ${fingerprint})`
  return [
    [
      'foreignTrustedKey',
      `${nameOf(key)}${which} is trusted, and is the transport key of no token that was read: its owner can take out every shared key`,
    ],
  ]
}

function leaks(key: TokenKey): Found {
  const { class: kind, flags } = key
  if (kind === 'public') return []
  if (flags.sensitive !== true)
    return [['leavesToken', `${nameOf(key)} is not sensitive: its value can be read`]]
  if (flags.extractable === false || flags.wrapWithTrusted === true) return []
  return [['leavesToken', `${nameOf(key)} is extractable, and not under trusted keys alone`]]
}

function uses(key: TokenKey, { transportKey }: ReadToken): Found {
  const { class: kind, flags, fingerprint } = key
  if (kind === 'public') return []
  const isTransport = kind === 'private' && fingerprint !== undefined && fingerprint === transportKey
  const named = (['wrap', 'unwrap', 'derive'] as const).filter(
    use => flags[use] === true && !(isTransport && use === 'unwrap'),
  )
  return named.length === 0 ? [] : [['wrapsOrDerives', `${nameOf(key)} is for ${named.join(', ')}`]]
}

/** The halves of a pair have one id. */
function sameIds(keys: readonly TokenKey[]): Found {
  const groups = Map.groupBy(keys, ({ class: kind, id }) => `${kind} keys have the id ${id}`)
  return [...groups].flatMap(([text, group]) =>
    group.length > 1 && group[0]?.id !== '' ? [['sameId', `${group.length} ${text}`] as const] : [],
  )
}
