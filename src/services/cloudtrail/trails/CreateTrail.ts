import { defaultSelectors, type Scope, type Trail, trailArn } from '../../../domain/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'
import { boolean, type Millis, required, string, structure, uuid } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { conditionsOf } from '../wire/resources.ts'
import { shownSettings, tagListType, trailSettings } from '../wire/shapes.ts'
import { readTags, type WireTags, withTags } from '../wire/tags.ts'
import { nameProblem } from '../wire/trail-names.ts'
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

const settings = structure({
  Name: required(string()),
  S3BucketName: required(string()),
  ...trailSettings,
  TagsList: tagListType,
  RecursiveLogging: boolean(),
})

type Given = GivenSettings & {
  readonly Name: string
  readonly S3BucketName: string
  readonly TagsList?: WireTags | undefined
}

/** Creates a trail that specifies the settings for delivery of log data to an Amazon S3 bucket. */
export const CreateTrail = operation({
  name: 'CreateTrail',
  effect: 'write',
  input: settings,
  output: shownSettings,
  touches: { neighbours: onNewTrail },
  async prepare({ input, scope, now, neighbours, destinations, keyTrial }) {
    const problem = nameProblem(input.Name)
    if (problem !== undefined) throw problem
    const trail = withSettings(newTrail(input, scope, now), input)
    checkSettings(trail, input)
    checkNeighbours(trail, neighbours.trails)
    await checkDestination({ destinations }, trail)
    if (trail.kmsKeyArn === undefined) return trail
    if (neighbours.keyArn === undefined) throw keyNotThere(trail.kmsKeyArn)
    const withKey = { ...trail, kmsKeyArn: neighbours.keyArn }
    await checkKey({ keyTrial }, withKey)
    return withKey
  },
  async handle({ prepared: trail, neighbours, store }) {
    checkNeighbours(trail, neighbours.trails)
    await store.trails.insert(trail)
    return renderSettings(trail)
  },
  disclose: output => ({ responseElements: shownSettings.disclose(output) ?? null }),
})

/** Finds the account's other trails, and the key that the request names. */
async function onNewTrail({ input, scope, store }: ResourceQuestion<Given>) {
  const trails = await store.trails.list(scope.accountId)
  const keyArn = input.KmsKeyId ? await resolveKey(store, scope, input.KmsKeyId) : undefined
  const conditions = conditionsOf(input.TagsList ?? [], undefined)
  return { resources: [{ arn: trailArn(scope, input.Name), conditions }], found: { trails, keyArn } }
}

function newTrail(given: Given, { accountId, region }: Scope, now: Millis): Trail {
  return {
    trailId: uuid(),
    accountId,
    homeRegion: region,
    name: given.Name,
    createdAt: now,
    s3BucketName: given.S3BucketName,
    s3KeyPrefix: undefined,
    kmsKeyArn: undefined,
    includeGlobalServiceEvents: true,
    isMultiRegionTrail: false,
    logFileValidationEnabled: false,
    recursiveLogging: true,
    selectors: defaultSelectors,
    isLogging: false,
    loggingStartedAt: undefined,
    loggingStoppedAt: undefined,
    tags: withTags([], readTags(given.TagsList ?? [])),
  }
}
