import { type Identity, isTemporaryKeyId, type Scope, ServiceError } from '../../domain/index.ts'
import type { Credentials, Identities, Sessions } from '../../identity/index.ts'
import {
  AuthenticationFailure,
  type Caller,
  type Endpoint,
  type ServiceFacts,
} from '../../operation/index.ts'
import { andThen, type Clock, type Eventual, sha256Hex } from '../../std/index.ts'
import type { WireRequest } from '../request.ts'
import { stringToSign } from './canonical-request.ts'
import { readSignatureClaim, repeated, type SignatureClaim, shownKeyId } from './signature-claim.ts'
import { checkSigningTime } from './signing-time.ts'

/** The settings of a `SignatureVerifier`, and the parts that it works with. */
export interface SignatureVerifierOptions {
  readonly identities: Pick<Identities, 'findCached' | 'find'>
  readonly sessions: Pick<Sessions, 'findCached' | 'find'>
  readonly clock: Clock
  /** The clock that the dates of signatures are checked against; `clock` if absent. */
  readonly signatureClock?: Clock | undefined
  /** The regions that requests may be signed for; at a VPC endpoint only its own. */
  readonly regions: readonly string[]
}

/** The service that a request must be signed for. */
type SignedFor = Pick<ServiceFacts, 'name' | 'isGlobal' | 'refusesUserSessions'> &
  Partial<Pick<ServiceFacts, 'protocol'>>
/**
 * The region that requests for IAM and for the global endpoint of STS are signed for (AWS General Reference, "Service
 * endpoints and quotas").
 */
const globalRegion = 'us-east-1'

/** Only the body of a form says which service is called. */
const unknownService = { protocol: 'query' } as const

const invalid = (text: string, reason?: string) =>
  new ServiceError('InvalidSignatureException', text, reason === undefined ? {} : { reason })
/** The services of AWS Query answer without a full stop, and those of AWS JSON with one (recorded from AWS). */
const unrecognized = ({ protocol }: Pick<SignedFor, 'protocol'>, reason: string) =>
  new ServiceError(
    'UnrecognizedClientException',
    `The security token included in the request is invalid${protocol === 'query' ? '' : '.'}`,
    { reason },
  )

/**
 * Verifies Signature Version 4 (AWS General Reference, "AWS Signature Version 4 for API requests") in the headers or in
 * the query string. The payload hash is always computed from the body, and every `x-amz-*` header must be signed, so
 * that the server acts on signed data only.
 */
export class SignatureVerifier {
  readonly #options: SignatureVerifierOptions
  readonly #regions: ReadonlySet<string>

  constructor(options: SignatureVerifierOptions) {
    this.#options = options
    this.#regions = new Set(options.regions)
  }

  /** Returns the caller who signed the request for a service. Throws the ServiceError that says what is wrong with the signature. */
  verify(request: WireRequest, service: SignedFor): Eventual<Caller> {
    const claim = this.checkClaim(request, service)
    return andThen(this.#findSigner(claim, service), credentials =>
      this.#finish(request, claim, service, credentials),
    )
  }

  /**
   * Judges a request by its head alone, and reads nothing of its body. Throws the ServiceError that `verify` would throw for
   * a missing or malformed signature, a wrong scope or date, or an unknown access key. `service` is undefined if the head
   * does not say which one is called.
   */
  judgeHead(request: WireRequest, service: SignedFor | undefined): Eventual<void> {
    const claim = this.checkClaim(request, service)
    return andThen(this.#findSigner(claim, service ?? unknownService), () => undefined)
  }

  /**
   * Checks what a request states about its signature, as far as that needs no access key. Throws as `judgeHead` does.
   */
  checkClaim(request: WireRequest, service: SignedFor | undefined): SignatureClaim {
    const claim = readSignatureClaim(request)
    try {
      this.#checkScope(claim, service, request.endpoint)
      checkSignedHeaders(request, claim)
      checkSigningTime(claim, (this.#options.signatureClock ?? this.#options.clock).now())
    } catch (error) {
      throw failed(error as ServiceError, shownKeyId(claim))
    }
    return claim
  }

  #findSigner(claim: SignatureClaim, service: Pick<SignedFor, 'protocol'>): Eventual<Credentials> {
    const { identities, sessions } = this.#options
    const { accessKeyId } = claim
    const cached = identities.findCached(accessKeyId) ?? sessions.findCached(accessKeyId)
    return andThen(cached ?? this.findCredentials(claim), credentials => {
      if (credentials !== undefined) return credentials
      const reason = 'the access key is unknown or inactive, or has a different session token'
      throw failed(unrecognized(service, reason), shownKeyId(claim))
    })
  }

  /**
   * Finds the access key that a request names, in its session token or in the store, before its signature is checked.
   */
  async findCredentials({ accessKeyId, sessionToken }: SignatureClaim): Promise<Credentials | undefined> {
    const { identities, sessions } = this.#options
    if (sessionToken !== undefined && isTemporaryKeyId(accessKeyId)) {
      const session = await sessions.find(accessKeyId, sessionToken)
      if (session !== undefined) return session
    }
    return await identities.find(accessKeyId)
  }

  #finish(request: WireRequest, claim: SignatureClaim, service: SignedFor, credentials: Credentials): Caller {
    const { accessKeyId, accountId, identity } = credentials
    if (!hasRightSignature(request, claim, credentials)) throw failed(wrongSignature(), accessKeyId)
    if (!credentials.acceptsSessionToken(claim.sessionToken)) {
      const reason = 'the session token does not belong to the access key'
      throw failed(unrecognized(service, reason), accessKeyId)
    }
    const scope: Scope = { accountId, region: claim.region }
    const caller: Caller = { identity, scope, accessKeyId }
    if (credentials.isExpired(this.#options.clock.now())) throw failed(expiredSession(), accessKeyId, caller)
    if (service.refusesUserSessions === true && isUserSession(identity)) {
      const reason = 'the service refuses sessions of users and federated users'
      throw failed(unrecognized(service, reason), accessKeyId, caller)
    }
    return caller
  }

  #checkScope(
    { region, service, terminator }: SignatureClaim,
    called: SignedFor | undefined,
    endpoint: Endpoint | undefined,
  ): void {
    // A service that is not known yet may be a global one.
    const isAtGlobalEndpoint = (called === undefined || called.isGlobal === true) && region === globalRegion
    const isServed = isAtGlobalEndpoint || this.#regions.has(region)
    if (endpoint === undefined ? !isServed : region !== endpoint.region)
      throw invalid('Credential should be scoped to a valid region.')
    if (called !== undefined && service !== called.name)
      throw invalid(`Credential should be scoped to correct service: '${called.name}'.`)
    if (terminator !== 'aws4_request') {
      throw invalid(
        `Credential should be scoped with a valid terminator: 'aws4_request', not '${repeated(terminator)}'.`,
      )
    }
  }
}

/**
 * Whether a session may not call IAM: a session of GetSessionToken may call it only with multi-factor authentication, a
 * federated user never (AWS STS API reference, "GetSessionToken" and "GetFederationToken").
 */
function isUserSession({ principal, session }: Identity): boolean {
  if (principal.type === 'FederatedUser') return true
  return principal.type !== 'AssumedRole' && session !== undefined && session.isMfaAuthenticated !== true
}

/** Requires a signature over every header that could turn a captured request into a different one. */
function checkSignedHeaders(request: WireRequest, { signedHeaders }: SignatureClaim): void {
  if (!signedHeaders.includes('host')) {
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  }
  for (const name in request.headers) {
    if (name.startsWith('x-amz-') && !signedHeaders.includes(name)) {
      throw invalid(`There were headers present in the request which were not signed: ${name}`)
    }
  }
  const { 'x-amz-date': amzDate, date } = request.headers
  if (amzDate === undefined && date !== undefined && !signedHeaders.includes('date')) {
    throw invalid('There were headers present in the request which were not signed: date')
  }
}

function hasRightSignature(request: WireRequest, claim: SignatureClaim, credentials: Credentials): boolean {
  const { credentialScope, date, region, service, signature } = claim
  const key = credentials.signingKey(credentialScope, date, region, service)
  const payloadHash = sha256Hex(request.body)
  const isPayloadAsDeclared = (request.headers['x-amz-content-sha256'] ?? payloadHash) === payloadHash
  return isPayloadAsDeclared && key.verifies(stringToSign(request, claim, payloadHash), signature)
}

const wrongSignature = () =>
  invalid(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  )
const expiredSession = () =>
  new ServiceError('ExpiredTokenException', 'The security token included in the request is expired')

/** The same error, with the facts about its sender that its audit record shows. */
const failed = (error: ServiceError, claimedKeyId: string | undefined, caller?: Caller) =>
  new AuthenticationFailure(error, { claimedKeyId, ...(caller && { caller }) })
