import type { Scope, Trail } from '../../../domain/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'
import { boolean, required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { conditionsOf } from '../wire/resources.ts'
import { shownSettings, trailSettings } from '../wire/shapes.ts'
import { changeable, findTrail, type TrailReference } from '../wire/trail-names.ts'
import { checkNeighbours } from './neighbours.ts'
import { renderSettings } from './render-trail.ts'
import {
  checkDestination,
  checkKey,
  checkSettings,
  type GivenSettings,
  keyNotThere,
  resolveKey,
  withSettings,
} from './trail-settings.ts'

type Given = GivenSettings & { readonly Name: string }

interface Found {
  readonly reference: TrailReference
  /** All trails of the account. */
  readonly trails: readonly Trail[]
  /** The ARN of the key that the request names. */
  readonly keyArn: string | undefined
}

/** Updates trail settings that control what events you are logging, and how to handle log files. */
export const UpdateTrail = operation({
  name: 'UpdateTrail',
  effect: 'write',
  input: structure({
    Name: required(string()),
    S3BucketName: string(),
    ...trailSettings,
    RecursiveLogging: boolean(),
  }),
  output: shownSettings,
  touches: { found: onChangedTrail },
  async prepare({ input, scope, found, destinations, keyTrial }) {
    const trail = changed(found, input, scope)
    await checkDestination({ destinations }, trail)
    await checkKey({ keyTrial }, trail)
  },
  async handle({ input, scope, found, store }) {
    const trail = changed(found, input, scope)
    await store.trails.update(trail)
    return renderSettings(trail)
  },
  disclose: output => ({ responseElements: shownSettings.disclose(output) ?? null }),
})

async function onChangedTrail({ input, scope, store }: ResourceQuestion<Given>) {
  const reference = await findTrail(store, scope, input.Name)
  const keyArn = input.KmsKeyId ? await resolveKey(store, scope, input.KmsKeyId) : undefined
  const trails = await store.trails.list(scope.accountId)
  const resources = [{ arn: reference.arn, conditions: conditionsOf([], reference.trail) }]
  return { resources, found: { reference, trails, keyArn } satisfies Found }
}

/** Returns the trail as the request wants it. Throws the ServiceError for one that cannot be so. */
function changed({ reference, trails, keyArn }: Found, given: Given, scope: Scope) {
  const before = changeable(reference, scope)
  const trail = withSettings(before, given)
  checkSettings(trail, given)
  checkNeighbours(trail, trails)
  if (!given.KmsKeyId) return trail
  if (keyArn === undefined) throw keyNotThere(given.KmsKeyId)
  return { ...trail, kmsKeyArn: keyArn }
}
