import { parseArn, type Scope, ServiceError, type Trail } from '../../../domain/index.ts'
import { type Infer, required, string, structure } from '../../../std/index.ts'
import { onTrail } from '../wire/resources.ts'
import { tagListType } from '../wire/shapes.ts'
import { invalidArn, type TrailReference } from '../wire/trail-names.ts'

/** The requests of AddTags and RemoveTags. */
export const tagsRequest = structure({ ResourceId: required(string()), TagsList: required(tagListType) })

/** The trail that such a request names, with the tags of the request. */
export const onTaggedTrail = onTrail<Infer<typeof tagsRequest>>(
  ({ ResourceId }) => ResourceId,
  ({ TagsList }) => TagsList,
)

/**
 * Returns the trail of a reference in an operation about tags, which takes ARNs only. Throws CloudTrailARNInvalidException,
 * ResourceTypeNotSupportedException or ResourceNotFoundException.
 */
export function taggedTrail(resourceId: string, { trail, problem }: TrailReference, scope: Scope): Trail {
  const arn = parseArn(resourceId)
  if (arn === undefined || arn.service !== 'cloudtrail') throw invalidArn(resourceId)
  if (!arn.resource.startsWith('trail/'))
    throw new ServiceError(
      'ResourceTypeNotSupportedException',
      `Tags of this type of resource are not supported: ${resourceId}`,
    )
  if (problem !== undefined) throw problem
  // The texts are recorded from AWS (prowler#2025, aws-sdk-java#1309).
  if (arn.accountId !== scope.accountId)
    throw new ServiceError(
      'CloudTrailARNInvalidException',
      `AccountID in ARN is wrong, you can only access resources with AccountID ${scope.accountId}.`,
    )
  if (arn.region !== scope.region)
    throw new ServiceError(
      'CloudTrailARNInvalidException',
      `Region in ARN is wrong, you can only access resources in region ${scope.region}.`,
    )
  if (trail === undefined)
    throw new ServiceError('ResourceNotFoundException', `The resource does not exist: ${resourceId}`)
  return trail
}
