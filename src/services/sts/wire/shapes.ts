import {
  integer,
  list,
  required,
  type Shape,
  sensitive,
  string,
  structure,
  timestamp,
} from '../../../std/index.ts'

// The limits are those of the AWS model of the service.

/** A text. AWS STS reports a broken pattern before a wrong length (recorded from AWS: mmmorris1975/aws-runas#80). */
function text(limits: {
  readonly min: number
  readonly max: number
  readonly pattern: string
}): Shape<string> {
  const shape = string(limits)
  const isOfPattern = (problem: string) => problem.includes(': Member must satisfy regular expression')
  return {
    ...shape,
    decode(value, path, problems) {
      const own: string[] = []
      const decoded = shape.decode(value, path, own)
      problems.push(...own.filter(isOfPattern), ...own.filter(problem => !isOfPattern(problem)))
      return decoded
    },
  }
}

/** The pattern of AWS leaves out characters that XML cannot have. */
const arnPattern =
  '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+'
export const arn = text({ min: 20, max: 2048, pattern: arnPattern })
const namePattern = '[\\w+=,.@-]*'
export const roleSessionName = text({ min: 2, max: 64, pattern: namePattern })
export const sourceIdentity = text({ min: 2, max: 64, pattern: namePattern })
export const federatedName = text({ min: 2, max: 32, pattern: namePattern })
export const externalId = text({ min: 2, max: 1224, pattern: '[\\w+=,.@:\\/-]*' })
export const serialNumber = text({ min: 9, max: 256, pattern: '[\\w+=/:,.@-]*' })
export const tokenCode = sensitive(text({ min: 6, max: 6, pattern: '[\\d]*' }))
export const webIdentityToken = sensitive(string({ min: 4, max: 20_000 }))
export const accessKeyId = text({ min: 16, max: 128, pattern: '[\\w]*' })
export const url = string({ min: 4, max: 2048 })

export const roleDurationSeconds = integer({ min: 900, max: 43_200 })
export const durationSeconds = integer({ min: 900, max: 129_600 })

/** The plaintext of inline and managed policies together has the same limit. */
export const sessionPolicyLengthMax = 2048
export const sessionPolicy = text({
  min: 1,
  max: sessionPolicyLengthMax,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
})
export const policyDescriptors = list(structure({ arn: arn }), { max: 10 })

export const providedContexts = list(
  structure({ ProviderArn: arn, ContextAssertion: string({ min: 4, max: 2048 }) }),
  { max: 5 },
)

const tagKey = text({ min: 1, max: 128, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+' })
const tagValue = text({ min: 0, max: 256, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*' })
export const tags = list(structure({ Key: required(tagKey), Value: required(tagValue) }), { max: 50 })
export const tagKeys = list(tagKey, { max: 50 })

export const credentials = structure({
  AccessKeyId: required(string()),
  SecretAccessKey: required(sensitive(string())),
  SessionToken: required(sensitive(string())),
  Expiration: required(timestamp()),
})
export const assumedRoleUser = structure({ AssumedRoleId: required(string()), Arn: required(string()) })
