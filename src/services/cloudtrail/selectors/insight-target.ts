import { ServiceError, type Trail } from '../../../domain/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'
import { conditionsOf } from '../wire/resources.ts'
import { findTrail, type TrailReference } from '../wire/trail-names.ts'

interface Given {
  readonly TrailName?: string | undefined
  readonly EventDataStore?: string | undefined
}

/** Finds the trail of an operation about Insights; undefined if the request does not name exactly a trail. */
export async function onInsightTarget({ input, scope, store }: ResourceQuestion<Given>) {
  const { TrailName: name, EventDataStore: dataStore } = input
  if (name === undefined || dataStore !== undefined)
    return { resources: [{ arn: dataStore ?? '*' }], found: undefined }
  const found = await findTrail(store, scope, name)
  return { resources: [{ arn: found.arn, conditions: conditionsOf([], found.trail) }], found }
}

/** Returns the trail. Throws the ServiceError for a request that names none, or one that does not exist. */
export function insightTrail(
  { EventDataStore: dataStore, TrailName: name }: Given,
  reference: TrailReference | undefined,
  check: (reference: TrailReference) => Trail,
): Trail {
  if (reference !== undefined) return check(reference)
  if ((name === undefined) === (dataStore === undefined))
    throw new ServiceError(
      'InvalidParameterCombinationException',
      'Specify either TrailName or EventDataStore.',
    )
  throw new ServiceError('UnsupportedOperationException', 'There are no event data stores.')
}
