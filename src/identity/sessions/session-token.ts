import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Role, sessionAccessKeyId, type Tag } from '../../domain/index.ts'
import { decodeBase64, type Millis, randomBytes, sha256 } from '../../std/index.ts'

/** Whose session it is; with ids, since an entity made anew under the same name is another one. */
export type SessionOwner =
  | { readonly type: 'Root' }
  | { readonly type: 'IAMUser'; readonly userName: string; readonly userId: string }
  | {
      readonly type: 'AssumedRole'
      readonly roleName: string
      readonly roleId: string
      readonly sessionName: string
    }
  /** `user` is who let them in; undefined for the account root. */
  | {
      readonly type: 'FederatedUser'
      readonly name: string
      readonly user: { readonly userName: string; readonly userId: string } | undefined
    }

/** What a session was asked for with, and what it may not be more than: the part of a token that requests fill. */
export interface SessionRequest {
  readonly policy: string | undefined
  /** Managed policies of the account, or AWS's. */
  readonly policyArns: readonly string[]
  readonly tags: readonly Tag[]
}

/** All that a session token holds. */
export interface Session extends SessionRequest {
  readonly accountId: string
  readonly owner: SessionOwner
  readonly issuedAt: Millis
  readonly expiresAt: Millis
  readonly isMfaAuthenticated: boolean | undefined
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
  /** The ARN of the identity provider that vouched for it; undefined where none did. */
  readonly federatedProvider: string | undefined
}

/**
 * A session of a role as AssumeRole makes it for who asks for nothing more than the role. It knows that no MFA device was
 * used, which is not the same as knowing nothing of one (IAM user guide, "aws:MultiFactorAuthPresent").
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

/** What a client is given to act with. */
export interface TemporaryCredentials {
  readonly accessKeyId: string
  readonly secret: string
  readonly sessionToken: string
}

/** A session token opened: the session, and the secret that its requests are signed with. */
export interface OpenedSession {
  readonly session: Session
  readonly secret: Buffer
  /** SHA-256 of the token. */
  readonly tokenDigest: Buffer
}

export interface SessionTokensOptions {
  /** Encrypts and authenticates a secret under a name. */
  readonly seal: (name: string, secret: Uint8Array) => Buffer
  /** Undoes `seal`; undefined for bytes that were not sealed under that name here. */
  readonly open: (name: string, sealed: Uint8Array) => Buffer | undefined
}

type PackedFacts = SessionRequest & Pick<Session, 'transitiveTagKeys'>

const tokenVersion = 1
const headerSizeBytes = 3
/** As AWS says of its packed format, it counts what is left after compression; this bound keeps tokens in a header. */
const packedSizeMaxBytes = 4096
/** The longest that is opened: what is longer was not made here. */
const tokenLengthMax = 12_000

/**
 * Session tokens hold all there is to know of a session, so that nothing has to be kept for one. Sealed under the name of
 * the access key, so that a token is nothing beside another one: version (1 byte) ‖ length of the facts (16 bits,
 * big-endian) ‖ facts in JSON ‖ what the request asked for, in JSON, compressed.
 */
export class SessionTokens {
  readonly #options: SessionTokensOptions

  constructor(options: SessionTokensOptions) {
    this.#options = options
  }

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

  /** Undefined for a text that is no token of this access key made here. */
  open(accessKeyId: string, sessionToken: string): OpenedSession | undefined {
    const sealed = sessionToken.length > tokenLengthMax ? undefined : decodeBase64(sessionToken)
    const contents = sealed && this.#options.open(sealName(accessKeyId), sealed)
    if (contents === undefined || contents[0] !== tokenVersion) return undefined
    const factsEnd = headerSizeBytes + contents.readUInt16BE(1)
    // Sealed here, so of this shape.
    const { secret, ...facts } = JSON.parse(contents.toString('utf8', headerSizeBytes, factsEnd)) as Omit<
      Session,
      keyof PackedFacts
    > & { secret: string }
    const session = { ...facts, ...unpack(contents.subarray(factsEnd)) }
    contents.fill(0)
    return { session, secret: Buffer.from(secret), tokenDigest: sha256(sessionToken) }
  }
}

const sealName = (accessKeyId: string) => `session token of ${accessKeyId}`

/**
 * How much of the room for policies and tags a request takes, in percent, as PackedPolicySize tells; over 100 for what
 * cannot be taken.
 */
export function packedSizePercent(request: SessionRequest): number {
  if (request.policy === undefined && request.policyArns.length === 0 && request.tags.length === 0) return 0
  return Math.ceil((pack(request).length * 100) / packedSizeMaxBytes)
}

/** Whether a tag is transitive is one digit beside it, so that it takes next to no room. */
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
  const [policy, policyArns, rows] = JSON.parse(inflateRawSync(packed).toString()) as [
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
