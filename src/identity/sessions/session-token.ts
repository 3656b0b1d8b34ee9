import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Role, sessionAccessKeyId, type Tag } from '../../domain/index.ts'
import { decodeBase64, type Millis, parseJson, randomBytes, sha256 } from '../../std/index.ts'

/**
 * The owner of a session. It has the unique id: a user or role recreated under the same name is a different principal.
 */
export type SessionOwner =
  | { readonly type: 'Root' }
  | { readonly type: 'IAMUser'; readonly userName: string; readonly userId: string }
  | {
      readonly type: 'AssumedRole'
      readonly roleName: string
      readonly roleId: string
      readonly sessionName: string
    }
  /** `user` is the user that called GetFederationToken; undefined for the account root. */
  | {
      readonly type: 'FederatedUser'
      readonly name: string
      readonly user: { readonly userName: string; readonly userId: string } | undefined
    }

/** The session policies and tags that a request gives to a new session: the part of a token with a size limit. */
export interface SessionRequest {
  readonly policy: string | undefined
  /** Managed policies, of the account or of AWS. */
  readonly policyArns: readonly string[]
  readonly tags: readonly Tag[]
}

/** A session, as its token holds it. */
export interface Session extends SessionRequest {
  readonly accountId: string
  readonly owner: SessionOwner
  readonly issuedAt: Millis
  readonly expiresAt: Millis
  readonly isMfaAuthenticated: boolean | undefined
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
  /** The ARN of the identity provider that authenticated the session's user; undefined if there is none. */
  readonly federatedProvider: string | undefined
}

/**
 * Returns a session of a role as AssumeRole makes it without session policies and tags. `isMfaAuthenticated` is false,
 * which differs from undefined: the session states that no MFA device was used (IAM user guide,
 * "aws:MultiFactorAuthPresent").
 */
export function sessionOfRole(
  { accountId, roleName, roleId }: Pick<Role, 'accountId' | 'roleName' | 'roleId'>,
  sessionName: string,
  { issuedAt, expiresAt }: Pick<Session, 'issuedAt' | 'expiresAt'>,
): Session {
  return {
    accountId,
    owner: { type: 'AssumedRole', roleName, roleId, sessionName },
    policy: undefined,
    policyArns: [],
    tags: [],
    issuedAt,
    expiresAt,
    isMfaAuthenticated: false,
    transitiveTagKeys: [],
    sourceIdentity: undefined,
    federatedProvider: undefined,
  }
}

/** The temporary credentials that a client receives. */
export interface TemporaryCredentials {
  readonly accessKeyId: string
  readonly secret: string
  readonly sessionToken: string
}

/** An opened session token: the session, and the secret that signs its requests. */
export interface OpenedSession {
  readonly session: Session
  readonly secret: Buffer
  /** SHA-256 of the token. */
  readonly tokenDigest: Buffer
}

/** The encryption that `SessionTokens` works with. */
export interface SessionTokensOptions {
  /** Encrypts a secret and authenticates it together with a name. */
  readonly seal: (name: string, secret: Uint8Array) => Buffer
  /** Reverses `seal`; returns undefined for bytes that this server did not seal under that name. */
  readonly open: (name: string, sealed: Uint8Array) => Buffer | undefined
}

type PackedFacts = SessionRequest & Pick<Session, 'transitiveTagKeys'>

const tokenVersion = 1
const headerSizeBytes = 3
/** The length of the longest token that is opened; this server makes none that is longer. */
const tokenLengthMax = 12_000

/**
 * Makes and opens session tokens. A token holds the whole session, so that the server keeps nothing for it. It is
 * sealed under the name of its access key, so that it is useless with a different key. Its contents: version (1 byte) ‖
 * length of the facts (16 bits, big-endian) ‖ facts in JSON ‖ session policies and tags in JSON, compressed.
 */
export class SessionTokens {
  readonly #options: SessionTokensOptions

  constructor(options: SessionTokensOptions) {
    this.#options = options
  }

  /** Makes new credentials for a session. */
  issue(session: Session): TemporaryCredentials {
    const { policy, policyArns, tags, transitiveTagKeys, ...facts } = session
    const accessKeyId = sessionAccessKeyId(session.accountId, randomBytes(10))
    const secret = randomBytes(30).toString('base64')
    const json = Buffer.from(JSON.stringify({ ...facts, secret }))
    const header = Buffer.alloc(headerSizeBytes)
    header.writeUInt8(tokenVersion)
    header.writeUInt16BE(json.length, 1)
    const contents = Buffer.concat([header, json, pack({ policy, policyArns, tags }, transitiveTagKeys)])
    const sealed = this.#options.seal(sealName(accessKeyId), contents)
    for (const bytes of [contents, json]) bytes.fill(0)
    return { accessKeyId, secret, sessionToken: sealed.toString('base64') }
  }

  /** Opens a token; returns undefined if this server did not make it for this access key. */
  open(accessKeyId: string, sessionToken: string): OpenedSession | undefined {
    const sealed = sessionToken.length > tokenLengthMax ? undefined : decodeBase64(sessionToken)
    const contents = sealed && this.#options.open(sealName(accessKeyId), sealed)
    if (contents === undefined || contents[0] !== tokenVersion) return undefined
    const factsEnd = headerSizeBytes + contents.readUInt16BE(1)
    // This server sealed the contents, so they have this shape.
    const { secret, ...facts } = parseJson(contents.toString('utf8', headerSizeBytes, factsEnd)) as Omit<
      Session,
      keyof PackedFacts
    > & { secret: string }
    const session = { ...facts, ...unpack(contents.subarray(factsEnd)) }
    contents.fill(0)
    return { session, secret: Buffer.from(secret), tokenDigest: sha256(sessionToken) }
  }
}

const sealName = (accessKeyId: string) => `session token of ${accessKeyId}`

/** Each tag has one digit that says whether it is transitive, which uses nearly no space. */
function pack(
  { policy, policyArns, tags }: SessionRequest,
  transitiveTagKeys: readonly string[] = [],
): Buffer {
  const transitive = new Set(transitiveTagKeys.map(tagKey => tagKey.toLowerCase()))
  const rows = tags.map(({ tagKey, tagValue }) => [
    tagKey,
    tagValue,
    transitive.has(tagKey.toLowerCase()) ? 1 : 0,
  ])
  return deflateRawSync(JSON.stringify([policy ?? null, policyArns, rows]))
}

function unpack(packed: Uint8Array): PackedFacts {
  const [policy, policyArns, rows] = parseJson(inflateRawSync(packed).toString()) as [
    string | null,
    string[],
    [tagKey: string, tagValue: string, isTransitive: 0 | 1][],
  ]
  return {
    policy: policy ?? undefined,
    policyArns,
    tags: rows.map(([tagKey, tagValue]) => ({ tagKey, tagValue })),
    transitiveTagKeys: rows.flatMap(([tagKey, , isTransitive]) => (isTransitive === 1 ? [tagKey] : [])),
  }
}
