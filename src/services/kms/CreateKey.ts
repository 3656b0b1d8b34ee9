import { defaultKeyPolicy } from '../../access/index.ts'
import {
  checkTags,
  factsOf,
  isKeySpec,
  type KeySpec,
  type KeyUsage,
  type KmsKey,
  keyArn,
  partitionOf,
  validation,
} from '../../domain/index.ts'
import { operation } from '../../pipeline/index.ts'
import { boolean, required, string, structure, uuid } from '../../std/index.ts'
import { renderKeyMetadata } from './key-metadata.ts'
import { checkKeyPolicy } from './key-policy.ts'
import { refuseUnbuilt } from './not-built.ts'
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
} from './shapes.ts'
import { toTags } from './tags.ts'

export const CreateKey = operation({
  name: 'CreateKey',
  effect: 'write',
  input: structure({
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
    XksKeyId: string({ min: 1, max: 128, pattern: '[a-zA-Z0-9-_.]+' }),
  }),
  output: structure({ KeyMetadata: required(keyMetadataType) }),
  resources: ({ Tags = [] }) => [
    { arn: '*' },
    ...(Tags.length > 0 ? [{ arn: '*', action: 'kms:TagResource' }] : []),
  ],
  disclose: ({ KeyMetadata }) => ({
    responseElements: { keyMetadata: keyMetadataType.disclose(KeyMetadata) ?? null },
    createdKeyArn: KeyMetadata.Arn,
  }),
  async handle({ input, caller, scope, now, hsm, store }) {
    refuseUnbuilt('A multi-Region key', input.MultiRegion === true)
    refuseUnbuilt(`Origin ${input.Origin}`, input.Origin !== undefined && input.Origin !== 'AWS_KMS')
    refuseUnbuilt('A custom key store', input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined)
    const { keySpec, keyUsage } = readSpec(input)
    const tags = toTags(input.Tags)
    checkTags(tags)

    const keyId = uuid()
    const policy = input.Policy ?? defaultKeyPolicy(scope.accountId, partitionOf(scope.region))
    await checkKeyPolicy(store, {
      policy,
      keyArn: keyArn(scope, keyId),
      accountId: scope.accountId,
      principal: caller.identity.principal,
      bypassesLockoutCheck: input.BypassPolicyLockoutSafetyCheck,
    })

    const material = hsm.generateKeyMaterial({ ...scope, keyId, keySpec })
    const key: KmsKey = {
      ...scope,
      keyId,
      keySpec,
      keyUsage,
      origin: 'AWS_KMS',
      keyManager: 'CUSTOMER',
      keyState: 'Enabled',
      description: input.Description ?? '',
      createdAt: now,
      deletionAt: undefined,
      currentKeyMaterialId: material.keyMaterialId,
    }
    await store.insertKey({ key, policy, materials: [{ ...material, createdAt: now }] })
    await store.putTags(scope, keyId, tags)
    return { KeyMetadata: renderKeyMetadata(key) }
  },
})

/** The spec and usage asked for (texts recorded from AWS and from the public emulators). */
function readSpec(input: {
  readonly KeySpec?: string | undefined
  readonly CustomerMasterKeySpec?: string | undefined
  readonly KeyUsage?: string | undefined
}): { keySpec: KeySpec; keyUsage: KeyUsage } {
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined) {
    throw validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    )
  }
  const keySpec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  if (keySpec !== 'SYMMETRIC_DEFAULT' && input.KeyUsage === undefined) {
    throw validation(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  }
  refuseUnbuilt(`KeySpec ${keySpec}`, !isKeySpec(keySpec))
  const { usages, defaultUsage } = factsOf(keySpec as KeySpec)
  const wanted = input.KeyUsage ?? defaultUsage
  const keyUsage = usages.find(usage => usage === wanted)
  if (keyUsage === undefined) throw validation(`KeyUsage ${wanted} is not compatible with KeySpec ${keySpec}`)
  return { keySpec: keySpec as KeySpec, keyUsage }
}
