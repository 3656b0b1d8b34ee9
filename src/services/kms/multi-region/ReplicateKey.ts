import {
  beginTransition,
  checkTags,
  defaultKeyPolicy,
  isPrimary,
  type KeyMaterial,
  type KmsKey,
  newKey,
  notPrimary,
  partitionOf,
  ServiceError,
  validation,
} from '../../../domain/index.ts'
import type { Hsm } from '../../../hsm/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import { listReplicaRegions, updatePendingState } from '../../../lifecycle/index.ts'
import { type ConditionFacts, type Conditions, requestTagConditions } from '../../../operation/index.ts'
import { boolean, type Infer, required, structure } from '../../../std/index.ts'
import { checkKeyPolicy } from '../key-policies/check-key-policy.ts'
import { renderKeyMetadata } from '../keys/key-metadata.ts'
import { newKeyConditions, propertyConditions } from '../keys/key-properties.ts'
import { checkKeyQuota } from '../keys/key-quota.ts'
import { operation } from '../operation.ts'
import { toTags } from '../tags/tags.ts'
import {
  descriptionType,
  keyIdType,
  keyMetadataType,
  policyType,
  regionType,
  tagListType,
} from '../wire/shapes.ts'
import { showDefaults } from '../wire/show-defaults.ts'

/** How long a new replica stays Creating, and how long both keys stay Updating when the primary moves. */
export const transitionMillis = 1000

const output = structure({
  ReplicaKeyMetadata: required(keyMetadataType),
  ReplicaPolicy: required(policyType),
  ReplicaTags: tagListType,
})

const input = structure({
  KeyId: required(keyIdType),
  ReplicaRegion: required(regionType),
  Policy: policyType,
  BypassPolicyLockoutSafetyCheck: boolean(),
  Description: descriptionType,
  Tags: tagListType,
})
type Input = Infer<typeof input>

/** Replicates a multi-Region primary key into a different Region of the same partition. */
export const ReplicateKey = operation({
  name: 'ReplicateKey',
  effect: 'write',
  input,
  output,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      fits: checkIsPrimary,
      conditions: input => ({ ...replicaConditions(input), 'kms:ReplicaRegion': input.ReplicaRegion }),
    },
    replica: ({ input: { Tags = [] } }) => [
      { arn: '*', action: 'kms:CreateKey', conditions: newReplicaConditions },
      ...(Tags.length > 0 ? [{ arn: '*', action: 'kms:TagResource', conditions: replicaConditions }] : []),
    ],
  },
  disclose: answer => ({
    responseElements: {
      replicaKeyMetadata: keyMetadataType.disclose(answer.ReplicaKeyMetadata) ?? null,
      replicaPolicy: answer.ReplicaPolicy,
      // The published record of a replica without tags has no such member.
      ...(answer.ReplicaTags && { replicaTags: tagListType.disclose(answer.ReplicaTags) ?? null }),
    },
  }),
  record: {
    shown: (_input, disclosed) =>
      showDefaults({ description: '', bypassPolicyLockoutSafetyCheck: false }, disclosed),
  },
  async handle({ input: wanted, key: primary, now, hsm, store, deployment, requestFor, recordEvent }) {
    const { accountId, keyId } = primary.key
    const scope = { accountId, region: wanted.ReplicaRegion }
    checkRegion(primary.key, wanted.ReplicaRegion, deployment.regions)
    if ((await store.keys.find(scope, keyId)) !== undefined) throw exists()
    await checkKeyQuota(store, scope, deployment)
    const tags = toTags(wanted.Tags)
    checkTags(tags)
    const { keySpec, keyUsage, origin, currentKeyMaterialId, primaryRegion, rotation } = primary.key
    const replica = beginTransition(
      {
        ...newKey({ ...scope, keyId, keySpec, keyUsage, origin, createdAt: now }),
        description: wanted.Description ?? '',
        currentKeyMaterialId,
        primaryRegion,
        rotation,
      },
      'Creating',
      now + transitionMillis,
    )
    if (wanted.Policy !== undefined) {
      const bypassesLockoutCheck = wanted.BypassPolicyLockoutSafetyCheck
      const conditions = newKeyConditions(replica, tags)
      const given = { policy: wanted.Policy, scope, keyId, conditions, bypassesLockoutCheck }
      await checkKeyPolicy(given, { store, requestFor })
    }
    const policy = wanted.Policy ?? defaultKeyPolicy(accountId, partitionOf(scope.region))
    const materials = primary.records.map(record => replicate(hsm, primary, record, scope.region))
    await store.keys.insert({ key: replica, policy, materials })
    await updatePendingState(store, replica)
    await store.tags.put(scope, keyId, tags)
    const regions = await listReplicaRegions(store, replica)
    const metadata = renderKeyMetadata(replica, materials, regions)
    // No source has the parameters of this call, which AWS KMS makes itself.
    const responseElements = { keyMetadata: keyMetadataType.disclose(metadata) ?? null }
    recordEvent({
      kind: 'call',
      key: replica,
      eventName: 'CreateKey',
      requestParameters: null,
      responseElements,
    })
    return {
      ReplicaKeyMetadata: metadata,
      ReplicaPolicy: policy,
      ReplicaTags: tags.length === 0 ? undefined : wanted.Tags,
    }
  },
})

function replicaConditions({ Tags, BypassPolicyLockoutSafetyCheck }: Input): Conditions {
  return {
    ...requestTagConditions(toTags(Tags)),
    'kms:BypassPolicyLockoutSafetyCheck': BypassPolicyLockoutSafetyCheck,
  }
}

/** The condition keys of the CreateKey request that a replication implies: the replica as the key that it will be. */
function newReplicaConditions(wanted: Input, { firstKey }: ConditionFacts): Conditions {
  return {
    ...replicaConditions(wanted),
    ...(firstKey && propertyConditions(firstKey.key)),
    'kms:MultiRegion': true,
    'kms:MultiRegionKeyType': 'REPLICA',
  }
}

function checkIsPrimary(key: KmsKey): void {
  if (!isPrimary(key)) throw notPrimary(key)
}

/** Throws ValidationException for a region that cannot have the replica (texts recorded from AWS). */
function checkRegion(primary: KmsKey, region: string, known: readonly string[]): void {
  if (region === primary.region) {
    throw validation(`${region} cannot have a replica because it contains the primary.`)
  }
  if (partitionOf(region) !== partitionOf(primary.region)) {
    throw validation('The replica key Region must be in the same AWS partition as the primary key Region.')
  }
  if (known.includes(region)) return
  throw validation(
    `Region ${region} is not a valid Region or multi-Region keys are not supported in Region ${region}.`,
  )
}

/**
 * The key material as the replica has it. Generated key material is usable at once; imported key material has no bytes
 * until it is imported into this region too.
 */
function replicate(
  hsm: Hsm,
  { key, materials }: ResolvedKey,
  record: KeyMaterial,
  region: string,
): KeyMaterial {
  const handle = materials.get(record.keyMaterialId)
  if (key.origin === 'EXTERNAL' || handle === undefined) {
    return { ...record, keyToken: undefined, publicKeyToken: undefined, expiresAt: undefined }
  }
  return { ...record, ...hsm.replicateKeyMaterial(handle, region) }
}

/** Text recorded from AWS. */
const exists = () =>
  new ServiceError(
    'AlreadyExistsException',
    'You can create only one replica of each primary key in each AWS Region.',
  )
