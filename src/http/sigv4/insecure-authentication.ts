import { ServiceError } from '../../domain/index.ts'
import { rootIdentity } from '../../identity/index.ts'
import type { Caller } from '../../operation/index.ts'
import type { WireRequest } from '../request.ts'
import { readSignatureClaim } from './signature-claim.ts'
import type { SignatureVerifier } from './verify.ts'

/** The settings of `authenticateInsecurely`. */
export interface InsecureAuthenticationOptions {
  readonly verifier: SignatureVerifier
  readonly defaultAccountId: string
  /** The first region is the default. */
  readonly regions: readonly string[]
}

/**
 * Authenticates the requests of test suites that do not sign. A valid signature identifies its signer; any other
 * request acts as the root user of the account whose access key it names, or of the default account. A request through a VPC
 * endpoint is for the Region of the endpoint.
 */
export async function authenticateInsecurely(
  request: WireRequest,
  service: Parameters<SignatureVerifier['verify']>[1],
  options: InsecureAuthenticationOptions,
): Promise<Caller> {
  try {
    return await options.verifier.verify(request, service)
  } catch (error) {
    if (!(error instanceof ServiceError) || error.isFault) throw error
  }
  const claim = findClaim(request)
  const credentials = claim && (await options.verifier.findCredentials(claim))
  const accountId = credentials?.accountId ?? options.defaultAccountId
  const [defaultRegion = ''] = options.regions
  const isClaimed = claim !== undefined && options.regions.includes(claim.region)
  const region = request.endpoint?.region ?? (isClaimed ? claim.region : defaultRegion)
  return { identity: rootIdentity(accountId), scope: { accountId, region }, accessKeyId: claim?.accessKeyId }
}

function findClaim(request: WireRequest) {
  try {
    return readSignatureClaim(request)
  } catch {
    return undefined
  }
}
