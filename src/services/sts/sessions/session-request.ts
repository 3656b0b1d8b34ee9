import { compileNewPolicy, PolicyProblem } from '../../../access/index.ts'
import { parseArn, partitionOf, ServiceError, type Tag, validation } from '../../../domain/index.ts'
import {
  areTagsTooLarge,
  findPolicyDocument,
  packedSizePercent,
  type SessionRequest,
} from '../../../identity/index.ts'
import type { Reader } from '../../../store/index.ts'
import { sessionPolicyLengthMax } from '../wire/shapes.ts'

/** The session policies in the input of an operation. */
export interface SessionInput {
  readonly Policy?: string | undefined
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined
}

/** The tags of a session, and which of them are transitive. */
export interface SessionTags {
  /** The tags of the request, and the tags that the calling session passes on. */
  readonly tags: readonly Tag[]
  readonly transitiveTagKeys: readonly string[]
}

/** No tags, as a calling session without transitive tags passes on. */
export const noTags: SessionTags = { tags: [], transitiveTagKeys: [] }

const tagsMax = 50

/** The texts were recorded from AWS. */
const invalidParameter = (text: string) => new ServiceError('InvalidParameterValueException', text)

const lower = (text: string) => text.toLowerCase()

/**
 * Joins the tags of a session (IAM user guide, "Pass session tags in AWS STS"). Keys are compared without regard to
 * case, and a request cannot set an inherited tag again. Throws InvalidParameterValueException.
 */
export function joinTags(
  given: readonly Tag[],
  transitiveTagKeys: readonly string[],
  inherited: SessionTags,
): SessionTags {
  const givenKeys = new Set(given.map(({ tagKey }) => lower(tagKey)))
  if (givenKeys.size !== given.length) {
    throw invalidParameter('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  if (given.some(({ tagKey }) => /^aws:/i.test(tagKey))) {
    throw invalidParameter('Tag keys that begin with aws: are reserved for system use.')
  }
  if (!transitiveTagKeys.every(tagKey => givenKeys.has(lower(tagKey)))) {
    throw invalidParameter('The specified transitive tag key must be included in the requested tags.')
  }
  if (inherited.tags.some(({ tagKey }) => givenKeys.has(lower(tagKey)))) {
    throw invalidParameter(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  }
  const tags = [...inherited.tags, ...given]
  if (tags.length > tagsMax) throw invalidParameter(`A session can have at most ${tagsMax} tags.`)
  return { tags, transitiveTagKeys: [...inherited.transitiveTagKeys, ...transitiveTagKeys] }
}

/**
 * Reads the session policies of a request, which must be valid and fit into a token. Throws
 * MalformedPolicyDocumentException, ValidationException, PackedPolicyTooLargeException.
 */
export function readSessionRequest(
  { Policy: policy, PolicyArns: given = [] }: SessionInput,
  tags: readonly Tag[],
  region: string,
): SessionRequest {
  const policyArns = given.map(({ arn }) => {
    if (arn === undefined) throw validation('A member of PolicyArns has no arn.')
    return arn
  })
  if (policy !== undefined) checkPolicy(policy, region)
  const length = (policy ?? '').length + policyArns.reduce((sum, arn) => sum + arn.length, 0)
  if (length > sessionPolicyLengthMax) {
    throw validation(`Session policies can have at most ${sessionPolicyLengthMax} characters together.`)
  }
  const request = { policy, policyArns, tags }
  const percent = packedSizePercent(request)
  if (percent > 100) {
    // The texts are those of AWS (AWS re:Post, "PackedPolicyTooLarge").
    throw new ServiceError(
      'PackedPolicyTooLargeException',
      areTagsTooLarge(request)
        ? `Packed size of session tags consumes ${percent}% of allotted space.`
        : `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    )
  }
  return request
}

function checkPolicy(policy: string, region: string): void {
  try {
    compileNewPolicy(policy, 'session', 'session policy', ['aws', partitionOf(region)])
  } catch (error) {
    if (!(error instanceof PolicyProblem)) throw error
    throw new ServiceError('MalformedPolicyDocumentException', error.answer ?? 'Syntax errors in policy.', {
      reason: error.message,
    })
  }
}

/**
 * Checks that the managed policies exist and belong to AWS or to the account of the session. Only a caller that may
 * have the session gets this far: others must not learn which policies an account has. Throws ValidationException.
 */
export async function checkPolicyArns(
  { policyArns }: SessionRequest,
  accountId: string,
  store: Reader,
): Promise<void> {
  for (const arn of policyArns) {
    const isNear = arn.startsWith('arn:aws:iam::aws:') || parseArn(arn)?.accountId === accountId
    if (isNear && (await findPolicyDocument(store, arn)) !== undefined) continue
    throw validation(`The policy ${arn} does not exist in the account of the session.`)
  }
}
