import {
  checkTags,
  type Deployment,
  defaultKeyPolicy,
  factsOf,
  hasUsage,
  type KeySpec,
  type KeyUsage,
  type KmsKey,
  newKey,
  newMaterial,
  type Origin,
  offersKeySpec,
  partitionOf,
  ServiceError,
  validation,
} from '../../../domain/index.ts'
import { type Conditions, requestTagConditions } from '../../../operation/index.ts'
import { boolean, type Infer, type Json, required, string, structure, uuid } from '../../../std/index.ts'
import { checkKeyPolicy } from '../key-policies/check-key-policy.ts'
import { operation } from '../operation.ts'
import { toTags } from '../tags/tags.ts'
import { backingKey } from '../wire/disclose-key-store.ts'
import {
  customerMasterKeySpecType,
  customKeyStoreIdType,
  descriptionType,
  keyMetadataType,
  keySpecType,
  keyUsageType,
  originType,
  policyType,
  tagListType,
} from '../wire/shapes.ts'
import { showDefaults } from '../wire/show-defaults.ts'
import { clusterIdAt, clusterKeyAt, makeClusterKey } from './cluster-origin.ts'
import { checkExternalKey, externalKeyAt } from './external-origin.ts'
import { renderKeyMetadata } from './key-metadata.ts'
import { newKeyConditions, propertyConditions } from './key-properties.ts'
import { checkKeyQuota } from './key-quota.ts'
import { onPlace, originWith } from './key-store-origin.ts'

const input = structure({
  Policy: policyType,
  Description: descriptionType,
  KeyUsage: keyUsageType,
  CustomerMasterKeySpec: customerMasterKeySpecType,
  KeySpec: keySpecType,
  Origin: originType,
  CustomKeyStoreId: customKeyStoreIdType,
  BypassPolicyLockoutSafetyCheck: boolean(),
  Tags: tagListType,
  MultiRegion: boolean(),
  XksKeyId: string({ min: 1, max: 128, pattern: '^[a-zA-Z0-9-_.]+$' }),
})
type Input = Infer<typeof input>

/** Creates a customer managed KMS key in the caller's account and Region. */
export const CreateKey = operation({
  name: 'CreateKey',
  effect: 'write',
  input,
  output: structure({ KeyMetadata: required(keyMetadataType) }),
  touches: {
    newKey: ({ input: { Tags = [] } }) => [
      { arn: '*', conditions: requestConditions },
      ...(Tags.length > 0 ? [{ arn: '*', action: 'kms:TagResource', conditions: requestConditions }] : []),
    ],
    place: onPlace,
  },
  record: { shown },
  async prepare({ input: wanted, scope, caller, requestId, place, ...tools }) {
    const { hsm, hsmClusters, deployment, externalProxies } = tools
    const plan = planKey(wanted, scope.region, deployment)
    if (plan.origin === 'EXTERNAL_KEY_STORE') {
      const { arn: principalArn } = caller.identity.principal
      await checkExternalKey(externalProxies, place, { operation: 'CreateKey', requestId, principalArn })
    }
    const keyId = wanted.MultiRegion === true ? `mrk-${uuid().replaceAll('-', '')}` : uuid()
    const owner = { ...scope, keyId, keySpec: plan.keySpec }
    if (plan.origin === 'AWS_CLOUDHSM')
      return { ...plan, keyId, material: await makeClusterKey(hsmClusters, place, owner, deployment) }
    const material = plan.origin === 'EXTERNAL' ? undefined : await hsm.generateKeyMaterial(owner)
    return { ...plan, keyId, material }
  },
  disclose: ({ KeyMetadata }, _found, _input, { origin, material }) => ({
    responseElements: { keyMetadata: keyMetadataType.disclose(KeyMetadata) ?? null },
    createdKeyArn: KeyMetadata.Arn,
    ...(origin === 'AWS_CLOUDHSM' &&
      material !== undefined && {
        additionalEventData: { backingKey: JSON.stringify(backingKey(material.keyMaterialId)) },
      }),
  }),
  async handle({ input: wanted, scope, now, place, store, prepared, deployment, requestFor }) {
    const { keyId, keySpec, keyUsage, origin, material } = prepared
    const tags = toTags(wanted.Tags)
    checkTags(tags)
    const key: KmsKey = {
      ...newKey({ ...scope, keyId, keySpec, keyUsage, origin, createdAt: now }),
      description: wanted.Description ?? '',
      currentKeyMaterialId: material?.keyMaterialId,
      primaryRegion: wanted.MultiRegion === true ? scope.region : undefined,
      externalKey: origin === 'EXTERNAL_KEY_STORE' ? externalKeyAt(place) : undefined,
      clusterKey: origin === 'AWS_CLOUDHSM' ? clusterKeyAt(place) : undefined,
    }
    if (wanted.Policy !== undefined) {
      const bypassesLockoutCheck = wanted.BypassPolicyLockoutSafetyCheck
      const conditions = newKeyConditions(key, tags)
      const given = { policy: wanted.Policy, scope, keyId, conditions, bypassesLockoutCheck }
      await checkKeyPolicy(given, { store, requestFor })
    }
    await checkKeyQuota(store, scope, deployment)
    const policy = wanted.Policy ?? defaultKeyPolicy(scope.accountId, partitionOf(scope.region))
    const materials = material === undefined ? [] : [newMaterial(material, now)]
    await store.keys.insert({ key, policy, materials })
    // The HSMs undo a key that was not stored soon. One that they will undo, or have undone, must not be stored.
    if (origin === 'AWS_CLOUDHSM' && !(await store.tokenKeys.deleteTask({ ...scope, keyId, task: 'make' })))
      throw new ServiceError('KMSInternalException', 'The key could not be stored in time. Try again.')
    await store.tags.put(scope, keyId, tags)
    return {
      KeyMetadata: renderKeyMetadata(key, materials, [], {
        state: key.keyState,
        cloudHsmClusterId: clusterIdAt(place),
      }),
    }
  },
})

/** The kind of key that a request is for, with defaults filled in. */
function requestedKind({ KeySpec, CustomerMasterKeySpec, KeyUsage, Origin = 'AWS_KMS' }: Input) {
  const keySpec = KeySpec ?? CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  return { keySpec, keyUsage: KeyUsage ?? factsOf(keySpec).defaultUsage, origin: Origin }
}

/**
 * The parameters of the record: AWS's records of CreateKey have these members in every case, and `multiRegion` and `tags`
 * only of a request that sends them (AWS KMS developer guide, log entries of CreateKey; records of 2024).
 */
function shown(wanted: Input, disclosed: Json): Json {
  const { keySpec, keyUsage, origin } = requestedKind(wanted)
  const defaults = {
    description: '',
    ...(keyUsage !== undefined && { keyUsage }),
    customerMasterKeySpec: keySpec,
    keySpec,
    origin,
    bypassPolicyLockoutSafetyCheck: false,
  }
  return showDefaults(defaults, disclosed)
}

/** The condition keys of a request for a key, as policies see it. */
function requestConditions(wanted: Input): Conditions {
  const isMultiRegion = wanted.MultiRegion === true
  return {
    ...requestTagConditions(toTags(wanted.Tags)),
    ...propertyConditions(requestedKind(wanted)),
    'kms:BypassPolicyLockoutSafetyCheck': wanted.BypassPolicyLockoutSafetyCheck,
    'kms:MultiRegion': isMultiRegion,
    'kms:MultiRegionKeyType': isMultiRegion ? 'PRIMARY' : undefined,
  }
}

interface Plan {
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
  readonly origin: Origin
}

/**
 * The kind of key that a request asks for. Throws ValidationException and UnsupportedOperationException (texts recorded
 * from AWS and from the public emulators).
 */
function planKey(
  input: {
    readonly KeySpec?: KeySpec | undefined
    readonly CustomerMasterKeySpec?: KeySpec | undefined
    readonly KeyUsage?: KeyUsage | undefined
    readonly Origin?: string | undefined
    readonly CustomKeyStoreId?: string | undefined
    readonly XksKeyId?: string | undefined
    readonly MultiRegion?: boolean | undefined
  },
  region: string,
  deployment: Deployment,
): Plan {
  const origin = originWith(input)
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined) {
    throw validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    )
  }
  const keySpec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  const { defaultUsage, isImportable } = factsOf(keySpec)
  const keyUsage = input.KeyUsage ?? defaultUsage
  if (keyUsage === undefined) {
    throw validation(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  }
  if (!hasUsage(keySpec, keyUsage)) {
    throw validation(`KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`)
  }
  if (!offersKeySpec(deployment, keySpec, region))
    throw unsupported(`KeySpec ${keySpec} is not supported in this Region`)
  const isPossible =
    origin === 'EXTERNAL' ? isImportable : origin === 'AWS_KMS' || keySpec === 'SYMMETRIC_DEFAULT'
  if (!isPossible) throw validation(`KeySpec ${keySpec} is not supported for Origin ${origin}`)
  return { keySpec, keyUsage, origin }
}

const unsupported = (text: string) => new ServiceError('UnsupportedOperationException', text)
