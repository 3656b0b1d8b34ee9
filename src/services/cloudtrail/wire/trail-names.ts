import {
  parseArn,
  partitionOf,
  type Scope,
  ServiceError,
  type Trail,
  trailArn,
} from '../../../domain/index.ts'
import type { Reader } from '../../../store/index.ts'

/** The trail that a request names, by its name or ARN. */
export interface TrailReference {
  /** The ARN, also of a trail that does not exist; the request's own text if it cannot be read. */
  readonly arn: string
  readonly trail: Trail | undefined
  /** The error for a text that names no trail. */
  readonly problem: ServiceError | undefined
}

/** A name or an ARN, read. */
interface ReadName {
  readonly arn: string
  readonly problem: ServiceError | undefined
  readonly accountId: string
  readonly region: string
  readonly name: string
}

const resourcePrefix = 'trail/'

/**
 * Reads a name or an ARN. A name stands for a trail of the called Region, an ARN also for one of a different Region (CloudTrail
 * API reference, "GetTrailStatus").
 */
export function readTrailName(scope: Scope, text: string): ReadName {
  if (!text.startsWith('arn:'))
    return { ...scope, name: text, arn: trailArn(scope, text), problem: nameProblem(text) }
  const arn = parseArn(text)
  const isTrail = arn?.service === 'cloudtrail' && arn.resource.startsWith(resourcePrefix)
  if (arn === undefined || !isTrail || arn.region === '' || arn.partition !== partitionOf(arn.region))
    return { ...scope, name: text, arn: text, problem: invalidArn(text) }
  const name = arn.resource.slice(resourcePrefix.length)
  return { accountId: arn.accountId, region: arn.region, name, arn: text, problem: nameProblem(name) }
}

/** Finds the trail that a text names. */
export async function findTrail(
  store: Reader,
  scope: Scope,
  text: string | undefined,
): Promise<TrailReference> {
  const { arn, problem, accountId, region, name } = readTrailName(scope, text ?? '')
  const isOwn = problem === undefined && accountId === scope.accountId
  return { arn, trail: isOwn ? await store.trails.find(accountId, region, name) : undefined, problem }
}

/** Returns the trail of a reference. Throws the ServiceError for one that is malformed or does not exist. */
export function existing({ arn, trail, problem }: TrailReference, { accountId }: Scope): Trail {
  if (problem !== undefined) throw problem
  if (trail === undefined)
    // The ARN stands there even if the request has a name (recorded from AWS).
    throw new ServiceError('TrailNotFoundException', `Unknown trail: ${arn} for the user: ${accountId}`)
  return trail
}

/** Returns the trail of a reference, for a change. Throws InvalidHomeRegionException for a trail of a different Region. */
export function changeable(reference: TrailReference, scope: Scope): Trail {
  const trail = existing(reference, scope)
  if (trail.homeRegion !== scope.region)
    throw new ServiceError(
      'InvalidHomeRegionException',
      `The home Region of the trail is ${trail.homeRegion}. Call the operation in that Region.`,
    )
  return trail
}

/** Returns the error for a malformed ARN of a trail. */
export const invalidArn = (arn: string) =>
  new ServiceError('CloudTrailARNInvalidException', `The ARN is not valid: ${arn}`)

/** Returns the error for a name that no trail can have (CloudTrail API reference, "CreateTrail"). */
export function nameProblem(name: string): ServiceError | undefined {
  const text = nameProblemText(name)
  return text === undefined ? undefined : new ServiceError('InvalidTrailNameException', text)
}

// The texts are those that emulators and other implementations took over from AWS.
function nameProblemText(name: string): string | undefined {
  if (name === '') return 'Trail name cannot be blank!'
  if (name.length < 3)
    return `Trail name too short. Minimum allowed length: 3 characters. Specified name length: ${name.length} characters.`
  if (name.length > 128)
    return `Trail name too long. Maximum allowed length: 128 characters. Specified name length: ${name.length} characters.`
  if (!/^[a-zA-Z0-9]/.test(name)) return 'Trail name must starts with a letter or number.'
  if (!/[a-zA-Z0-9]$/.test(name)) return 'Trail name must ends with a letter or number.'
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return 'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).'
  if (/[._-]{2}/.test(name))
    return 'Trail name or ARN cannot have adjacent periods (.), hyphens (-), or underscores (_).'
  if (/^\d+(?:\.\d+){3}$/.test(name)) return 'Trail names must not be formatted as an IP address.'
  return undefined
}
