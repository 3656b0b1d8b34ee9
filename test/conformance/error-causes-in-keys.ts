import { randomBytes } from 'node:crypto'
import { base64, type RefusalText } from '../fixtures/caller.ts'
import { cryptographic, type ErrorCause, names, naming, unknownId, withInput } from './error-cause.ts'
import { accountId, type Input, keyArnOf, kindOf, replicaRegion, type State, type World } from './world.ts'

// Errors that are caused by the key: its name in the request, its state and its usage. Also errors of dry runs and of
// grant tokens.

const keyManagement = names(`
  CancelKeyDeletion CreateGrant DeleteImportedKeyMaterial DisableKey DisableKeyRotation EnableKey
  EnableKeyRotation GetKeyLastUsage GetKeyPolicy GetKeyRotationStatus GetParametersForImport
  ImportKeyMaterial ListAliases ListGrants ListKeyPolicies ListKeyRotations ListResourceTags
  PutKeyPolicy ReplicateKey RetireGrant RevokeGrant RotateKeyOnDemand ScheduleKeyDeletion TagResource
  UntagResource UpdateKeyDescription UpdatePrimaryRegion`)
const refusedWhenPending = names(`
  CreateAlias CreateGrant DisableKey DisableKeyRotation EnableKey EnableKeyRotation
  GetParametersForImport GetPublicKey ImportKeyMaterial ReplicateKey RotateKeyOnDemand
  ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription UpdatePrimaryRegion`)
const refusedWhenDisabled = names(`
  CreateGrant DisableKeyRotation EnableKeyRotation ReplicateKey RotateKeyOnDemand UpdatePrimaryRegion`)

const aliasText = 'Key Aliases are not supported for this operation.'
const aliasArn = `arn:aws:kms:us-east-1:${accountId}:alias/orders`
const dryRunText = 'The request would have succeeded, but the DryRun option is set.'

const inState =
  (state: State, text: (arn: string) => RefusalText): ErrorCause['make'] =>
  async (world, operation) => {
    const key = await world.key(kindOf(operation), state)
    return { input: await using(world, operation, key.id), text: text(key.arn) }
  }

/**
 * A good input that names this key, which need not be the key of the ciphertext: with SYMMETRIC_DEFAULT the difference would come
 * before the usage and the state of the key (recorded from AWS).
 */
async function using(world: World, operation: string, keyId: string): Promise<Input> {
  const input = await naming(world, operation, keyId)
  return operation === 'Decrypt' ? { ...input, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } : input
}

export const causesInKeys: readonly ErrorCause[] = [
  {
    error: 'NotFoundException',
    operations: [
      ...cryptographic,
      ...keyManagement,
      'CreateAlias',
      'DescribeKey',
      'GetPublicKey',
      'UpdateAlias',
    ],
    make: async (world, operation) => ({
      input: await naming(world, operation, unknownId),
      text: `Key '${keyArnOf(unknownId)}' does not exist`,
    }),
  },
  {
    error: 'NotFoundException',
    operations: ['DeleteAlias'],
    make: withInput({ AliasName: 'alias/orders' }, `Alias ${aliasArn} is not found.`),
  },
  {
    error: 'InvalidArnException',
    operations: keyManagement,
    make: async (world, operation) => ({ input: await naming(world, operation, aliasArn), text: aliasText }),
  },
  {
    error: 'InvalidArnException',
    operations: ['DescribeKey', 'GetPublicKey'],
    make: async (world, operation) => ({
      input: await naming(world, operation, 'arn:aws:kms:key'),
      text: undefined,
    }),
  },
  {
    error: 'InvalidArnException',
    operations: ['ListRetirableGrants'],
    make: withInput({ RetiringPrincipal: 'nobody' }, undefined),
  },
  {
    error: 'DisabledException',
    operations: [...cryptographic, ...refusedWhenDisabled],
    make: inState('disabled', arn => `${arn} is disabled.`),
  },
  {
    error: 'KMSInvalidStateException',
    operations: [...cryptographic, ...refusedWhenPending],
    // The multi-Region keys here wait for their replicas.
    make: inState(
      'pending',
      arn => `${arn} is pending ${arn.includes('/mrk-') ? 'replica deletion' : 'deletion'}.`,
    ),
  },
  {
    error: 'KMSInvalidStateException',
    operations: ['CancelKeyDeletion'],
    make: inState('enabled', arn => new RegExp(`^${arn} is not pending deletion`)),
  },
  {
    error: 'KMSInvalidStateException',
    operations: ['DeleteImportedKeyMaterial'],
    make: async world => {
      const { KeyMetadata } = await world.caller.answer('CreateKey', {
        Origin: 'EXTERNAL',
        MultiRegion: true,
      })
      const { KeyId } = KeyMetadata as { KeyId: string }
      await world.caller.answer('ImportKeyMaterial', await world.importOf(KeyId))
      await world.caller.answer('ReplicateKey', { KeyId, ReplicaRegion: replicaRegion })
      const text = `${keyArnOf(KeyId, replicaRegion)} is creating.`
      return { caller: world.in(replicaRegion), input: { KeyId }, text }
    },
  },
  {
    error: 'DryRunOperationException',
    operations: [...cryptographic, 'CreateGrant', 'RetireGrant', 'RevokeGrant'],
    make: withInput({ DryRun: true }, dryRunText),
  },
  {
    error: 'InvalidGrantTokenException',
    operations: [...cryptographic, 'CreateGrant', 'GetPublicKey'],
    make: withInput({ GrantTokens: [base64(randomBytes(90)).replaceAll(/\W/g, 'x')] }, undefined),
  },
  {
    error: 'InvalidGrantTokenException',
    operations: ['RetireGrant'],
    make: withInput({ GrantToken: 'no-token' }, undefined),
  },
  {
    error: 'InvalidKeyUsageException',
    operations: cryptographic,
    make: async (world, operation) => {
      const key = await world.key(kindOf(operation) === 'symmetric' ? 'mac' : 'symmetric')
      const usage = kindOf(operation) === 'symmetric' ? 'GENERATE_VERIFY_MAC' : 'ENCRYPT_DECRYPT'
      return {
        input: await using(world, operation, key.id),
        text: `${key.arn} key usage is ${usage} which is not valid for ${operation}.`,
      }
    },
  },
]
