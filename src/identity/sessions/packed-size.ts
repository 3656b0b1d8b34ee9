import type { SessionRequest } from './session-token.ts'

// AWS packs the policies and tags of a session into a format that it does not publish, and reports the share of the space that
// they take as PackedPolicySize. This rule of lengths fits the values that AWS has answered, and errs on the side of refusing:
// what passes here should not fail there.
//
// - A session policy of 85 characters takes 4 %, one of 1,097 characters 91 % (both without white space).
// - Nine tags, each with a key of 2 characters and 250 times one letter as its value, take 498 %: the letters of tags are not
//   compressed (aws-actions/configure-aws-credentials#1898).
// - The six tags of EKS Pod Identity take about 74 % (aws/containers-roadmap#2413).

/** The space for tags, of which each takes its bytes and four more. */
const tagBytesMax = 463
const bytesPerTag = 4

const shortPolicy = { length: 85, percent: 4 }
const longPolicy = { length: 1097, percent: 91 }
const percentPerCharacter =
  (longPolicy.percent - shortPolicy.percent) / (longPolicy.length - shortPolicy.length)

/**
 * Returns how much of the space for policies and tags a request uses, in percent, as PackedPolicySize reports it. More
 * than 100 means that the request is too large.
 */
export function packedSizePercent(request: SessionRequest): number {
  return Math.ceil(policiesPercent(request) + tagsPercent(request))
}

/** Whether the tags of a request alone are too large; AWS then has a different text. */
export function areTagsTooLarge(request: SessionRequest): boolean {
  return tagsPercent(request) > 100
}

function policiesPercent({ policy, policyArns }: SessionRequest): number {
  // AWS has answered nothing about the ARNs of managed policies. They count like the further characters of a policy.
  const arns = policyArns.reduce((sum, arn) => sum + arn.length, 0)
  const length = policy === undefined ? 0 : policy.replaceAll(/[ \t\r\n]/g, '').length
  const short = Math.min(length, shortPolicy.length)
  return (short * shortPolicy.percent) / shortPolicy.length + (length - short + arns) * percentPerCharacter
}

function tagsPercent({ tags }: SessionRequest): number {
  const bytes = tags.reduce(
    (sum, { tagKey, tagValue }) =>
      sum + Buffer.byteLength(tagKey) + Buffer.byteLength(tagValue) + bytesPerTag,
    0,
  )
  return (bytes * 100) / tagBytesMax
}
