import { randomBytes } from 'node:crypto'
import { base64, policyOf, type RefusalText } from '../fixtures/caller.ts'
import { type ErrorCause, naming, unknownId, withInput } from './error-cause.ts'
import { accountId, type Input, keyArnOf, kindOf, replicaRegion, root } from './world.ts'

// Errors that are caused by other members of the request than the key, by quotas, and by time.

const tooOpen = policyOf({
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${accountId}:user/nobody-here` },
  Action: 'kms:*',
  Resource: '*',
})
const lockedOut = policyOf({
  Effect: 'Allow',
  Principal: { AWS: '999999999999' },
  Action: '*',
  Resource: '*',
})
const lockoutText = 'The new key policy will not allow you to update the key policy in the future.'
const principalText = 'Policy contains a statement with one or more invalid principals.'
const wrongKeyText = 'The key ID in the request does not identify a CMK that can perform this operation.'
const originText = (arn: string, origin: string) =>
  `${arn} origin is ${origin} which is not valid for this operation.`

/** An attempt on a new key, after these calls on the key have succeeded. */
const afterCalls = (
  calls: readonly [operation: string, input: Input][],
  text: (arn: string) => RefusalText,
) =>
  (async (world, operation) => {
    const { id: KeyId, arn } = await world.newKey(kindOf(operation))
    for (const [name, input] of calls)
      await world.caller.answer(name, { KeyId, TargetKeyId: KeyId, ...input })
    return { input: await naming(world, operation, KeyId), text: text(arn) }
  }) satisfies ErrorCause['make']

/** The quotas of these servers: no key may have a sixth alias or a sixth grant, or a second rotation on demand. */
export const quotas = 'aliases-per-key=5,grants-per-key=5,on-demand-rotations-per-key=1'
const five = Array.from({ length: 5 }, (_, index) => index)
const fiveAliases = five.map(
  index => ['CreateAlias', { AliasName: `alias/${unknownId}-${index}` }] as [string, Input],
)
const fiveGrants = five.map(
  () => ['CreateGrant', { GranteePrincipal: root, Operations: ['Decrypt'] }] as [string, Input],
)

export const causesInInputs: readonly ErrorCause[] = [
  {
    error: 'InvalidCiphertextException',
    operations: ['Decrypt', 'ReEncrypt'],
    make: withInput({ CiphertextBlob: base64(randomBytes(200)) }, null),
  },
  {
    error: 'InvalidCiphertextException',
    operations: ['Decapsulate'],
    make: withInput({ SharedSecretCiphertextBlob: base64(randomBytes(767)) }, null),
  },
  {
    error: 'InvalidCiphertextException',
    operations: ['ImportKeyMaterial'],
    make: withInput({ EncryptedKeyMaterial: base64(randomBytes(256)) }, null),
  },
  {
    error: 'InvalidImportTokenException',
    operations: ['ImportKeyMaterial'],
    make: withInput({ ImportToken: base64(randomBytes(256)) }, null),
  },
  {
    error: 'IncorrectKeyMaterialException',
    operations: ['ImportKeyMaterial'],
    make: async world => ({
      input: await world.importOf((await world.key('external')).id, randomBytes(32)),
      text: undefined,
    }),
  },
  {
    error: 'IncorrectKeyException',
    operations: ['Decrypt', 'ReEncrypt'],
    make: async (world, operation) => {
      const { id } = await world.once('another key', () => world.newKey('symmetric'))
      const member = operation === 'Decrypt' ? 'KeyId' : 'SourceKeyId'
      return { input: await world.inputOf(operation, { [member]: id }), text: wrongKeyText }
    },
  },
  {
    error: 'KMSInvalidSignatureException',
    operations: ['Verify'],
    make: withInput({ Message: base64('another message') }, null),
  },
  {
    error: 'KMSInvalidMacException',
    operations: ['VerifyMac'],
    make: withInput({ Message: base64('another message') }, null),
  },
  {
    error: 'AlreadyExistsException',
    operations: ['CreateAlias'],
    make: async (world, operation) => {
      const AliasName = await world.alias()
      const arn = `arn:aws:kms:us-east-1:${accountId}:${AliasName}`
      const text = `An alias with the name ${arn} already exists`
      return { input: await world.inputOf(operation, { AliasName }), text }
    },
  },
  {
    error: 'AlreadyExistsException',
    operations: ['ReplicateKey'],
    make: withInput(
      { ReplicaRegion: replicaRegion },
      'You can create only one replica of each primary key in each AWS Region.',
    ),
  },
  {
    error: 'InvalidAliasNameException',
    operations: ['CreateAlias'],
    make: withInput({ AliasName: 'alias/a:b' }, 'alias/a:b contains invalid characters for an alias'),
  },
  {
    error: 'LimitExceededException',
    operations: ['CreateAlias', 'UpdateAlias'],
    make: async (world, operation) => {
      const { id } = await world.once('a key with five aliases', async () => {
        const key = await world.newKey('symmetric')
        for (const [name, input] of fiveAliases) {
          await world.caller.answersNothing(name, { TargetKeyId: key.id, ...input })
        }
        return key
      })
      return { input: await naming(world, operation, id), text: undefined }
    },
  },
  {
    error: 'LimitExceededException',
    operations: ['CreateGrant'],
    make: afterCalls(fiveGrants, () => undefined),
  },
  {
    error: 'LimitExceededException',
    operations: ['CreateKey', 'ReplicateKey'],
    make: async (world, operation) => {
      const { caller, id: KeyId } = await world.fullServer()
      const input = operation === 'CreateKey' ? {} : { KeyId, ReplicaRegion: replicaRegion }
      return { caller, input, text: undefined }
    },
  },
  {
    error: 'LimitExceededException',
    operations: ['PutKeyPolicy'],
    make: withInput({ Policy: ' '.repeat(32_769) }, undefined),
  },
  {
    error: 'LimitExceededException',
    operations: ['RotateKeyOnDemand'],
    make: afterCalls(
      [['RotateKeyOnDemand', {}]],
      arn =>
        'The on-demand rotations limit has been reached for the given keyId. ' +
        `No more on-demand rotations can be performed for this key: ${arn}`,
    ),
  },
  {
    error: 'MalformedPolicyDocumentException',
    operations: ['CreateKey', 'PutKeyPolicy', 'ReplicateKey'],
    make: withInput({ Policy: lockedOut }, lockoutText),
  },
  {
    error: 'MalformedPolicyDocumentException',
    operations: ['CreateKey', 'PutKeyPolicy', 'ReplicateKey'],
    make: withInput({ Policy: tooOpen }, principalText),
  },
  {
    error: 'TagException',
    operations: ['CreateKey', 'ReplicateKey', 'TagResource'],
    make: withInput({ Tags: five.map(() => ({ TagKey: 'team', TagValue: '' })) }, 'Duplicate tag keys'),
  },
  {
    error: 'TagException',
    operations: ['UntagResource'],
    make: withInput({ TagKeys: ['AWS:x'] }, 'Tags beginning with aws: are reserved'),
  },
  {
    error: 'InvalidMarkerException',
    operations: [
      'ListAliases',
      'ListGrants',
      'ListKeyRotations',
      'ListKeys',
      'ListResourceTags',
      'ListRetirableGrants',
    ],
    make: withInput({ Marker: 'no-marker' }, null),
  },
  {
    error: 'InvalidGrantIdException',
    operations: ['ListGrants', 'RevokeGrant'],
    make: withInput({ GrantId: 'no-grant' }, undefined),
  },
  {
    error: 'InvalidGrantIdException',
    operations: ['RetireGrant'],
    make: withInput({ GrantToken: undefined, KeyId: unknownId, GrantId: 'no-grant' }, undefined),
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['DeleteImportedKeyMaterial', 'GetParametersForImport', 'ImportKeyMaterial'],
    make: async (world, operation) => {
      const key = await world.key('symmetric')
      return { input: await naming(world, operation, key.id), text: originText(key.arn, 'AWS_KMS') }
    },
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['DisableKeyRotation', 'EnableKeyRotation'],
    make: async (world, operation) => {
      const { KeyMetadata } = await world.caller.answer('CreateKey', { Origin: 'EXTERNAL' })
      const { KeyId, Arn } = KeyMetadata as { KeyId: string; Arn: string }
      return { input: await naming(world, operation, KeyId), text: originText(Arn, 'EXTERNAL') }
    },
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['RotateKeyOnDemand'],
    make: async (world, operation) => ({
      input: await naming(world, operation, (await world.key('sign')).id),
      text: null,
    }),
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['GetPublicKey'],
    make: async (world, operation) => ({
      input: await naming(world, operation, (await world.key('mac')).id),
      text: undefined,
    }),
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['ReplicateKey'],
    make: async (world, operation) => {
      const replica = await world.key('multiRegion')
      const arn = keyArnOf(replica.id, replicaRegion)
      const text = `${arn} is not a multi-region primary key.`
      const input = await world.inputOf(operation, { ReplicaRegion: 'us-west-2' })
      return { caller: world.in(replicaRegion), input, text }
    },
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['UpdatePrimaryRegion'],
    make: async (world, operation) => {
      const { id, arn } = await world.key('symmetric')
      const text = `${arn} is not a multi-region primary key.`
      return { input: await naming(world, operation, id), text }
    },
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
    make: withInput({ KeyPairSpec: 'SM2' }, undefined),
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['CreateKey'],
    make: withInput({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }, undefined),
  },
  // The causes from here on set the clock forward.
  {
    error: 'ExpiredImportTokenException',
    operations: ['ImportKeyMaterial'],
    make: async world => {
      const input = await world.importOf((await world.key('external')).id)
      await world.advance(86_400)
      return { input, text: null }
    },
  },
  {
    error: 'ConflictException',
    operations: ['RotateKeyOnDemand'],
    make: async world => {
      const { id: KeyId } = await world.newKey('symmetric')
      await world.caller.answersNothing('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
      await world.advance(90 * 86_400 - 600)
      return { input: { KeyId }, text: undefined }
    },
  },
]
