import { ServiceError, type VpcEndpoint } from '../../../domain/index.ts'
import { sha256Hex } from '../../../std/index.ts'
import { invalidValue } from '../wire/parameters.ts'

/** Amazon EC2 API reference, "Ensuring idempotency": a token has at most 64 ASCII characters. */
const tokenPattern = /^[\x20-\x7e]{1,64}$/

/**
 * Returns the token of a request with the digest of its other parameters; undefined if it has none. `input` has its members in
 * the order of the shape. Throws InvalidParameterValue; the text is not AWS's.
 */
export function clientTokenOf(input: {
  readonly ClientToken?: string | undefined
}): VpcEndpoint['clientToken'] {
  const { ClientToken: token } = input
  if (token === undefined || token === '') return undefined
  if (!tokenPattern.test(token)) throw invalidValue('The client token must have at most 64 ASCII characters')
  return { token, digest: sha256Hex(JSON.stringify({ ...input, ClientToken: undefined, DryRun: undefined })) }
}

/**
 * Checks that a request has the parameters of the earlier one with its token. Throws IdempotentParameterMismatch; the text is not
 * recorded from AWS.
 */
export function checkSameRequest(given: VpcEndpoint['clientToken'], earlier: VpcEndpoint): void {
  if (given?.digest === earlier.clientToken?.digest) return
  throw new ServiceError(
    'IdempotentParameterMismatch',
    'The request uses the same client token as a previous, but non-identical request.',
  )
}
