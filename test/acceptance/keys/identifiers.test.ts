import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { CreateKeyRequest } from '@aws-sdk/client-kms'
import { kms } from '../../../src/services/index.ts'
import { base64, makeKey, policyOf, type TestKey } from '../../fixtures/caller.ts'
import { importJson, parametersFor } from '../../fixtures/importing.ts'
import { derOf, newCurvePair } from '../../fixtures/key-pairs.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import {
  here,
  ours,
  rootOf,
  serverOfTwoAccounts,
  theirs,
  there,
  userArn,
} from '../../fixtures/worlds/two-accounts.ts'

// The names of a key that each operation takes (AWS KMS API reference, and texts recorded from AWS).

const { as } = await serverOfTwoAccounts({
  ours: [seedUser('admin', allow('*')), seedUser('grantee')],
  theirs: [seedUser('bob', allow('*'))],
})
const [admin, bob] = [as('admin'), as('bob')]

interface Case {
  /** The key that the operation needs. */
  readonly key?: CreateKeyRequest
  /** Prepares a new key and returns the rest of the input. */
  readonly prepare?: (key: TestKey) => Promise<object>
  readonly input?: object
  /** The member that names the key. */
  readonly member?: string
}
const x = base64('x')
const policy = policyOf(allow('kms:*', '*', rootOf(ours)))
const peer = newCurvePair().publicKey
const signing = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' } as const
const mac = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const
const kem = { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' } as const
const sign = { Message: x, SigningAlgorithm: 'ECDSA_SHA_256' }
const draft = { GranteePrincipal: userArn('grantee'), Operations: ['Encrypt'] }
const encrypted = async ({ id: KeyId }: TestKey) => {
  const { CiphertextBlob } = await admin.answer('Encrypt', { KeyId, Plaintext: x })
  return { CiphertextBlob }
}

/** Recorded from AWS, for the name of an alias that exists. */
const aliasRefused = 'Key Aliases are not supported for this operation.'

/** The operations that take aliases too. */
const withAliases: Readonly<Record<string, Case>> = {
  Encrypt: { input: { Plaintext: x } },
  Decrypt: { prepare: encrypted },
  'ReEncrypt from': {
    member: 'SourceKeyId',
    prepare: async key => ({ ...(await encrypted(key)), DestinationKeyId: key.id }),
  },
  'ReEncrypt to': { member: 'DestinationKeyId', prepare: encrypted },
  GenerateDataKey: { input: { KeySpec: 'AES_256' } },
  GenerateDataKeyWithoutPlaintext: { input: { KeySpec: 'AES_256' } },
  GenerateDataKeyPair: { input: { KeyPairSpec: 'ECC_NIST_P256' } },
  GenerateDataKeyPairWithoutPlaintext: { input: { KeyPairSpec: 'ECC_NIST_P256' } },
  Sign: { key: signing, input: sign },
  Verify: {
    key: signing,
    input: sign,
    prepare: async ({ id: KeyId }) => ({
      Signature: (await admin.answer('Sign', { KeyId, ...sign }))['Signature'],
    }),
  },
  GenerateMac: { key: mac, input: { Message: x, MacAlgorithm: 'HMAC_SHA_256' } },
  VerifyMac: {
    key: mac,
    input: { Message: x, MacAlgorithm: 'HMAC_SHA_256' },
    prepare: async ({ id: KeyId }) => {
      const { Mac } = await admin.answer('GenerateMac', { KeyId, Message: x, MacAlgorithm: 'HMAC_SHA_256' })
      return { Mac }
    },
  },
  DeriveSharedSecret: {
    key: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
    input: { KeyAgreementAlgorithm: 'ECDH', PublicKey: base64(derOf(peer)) },
  },
  Encapsulate: { key: kem, input: { EncapsulationAlgorithm: 'ML_KEM' } },
  Decapsulate: {
    key: kem,
    input: { EncapsulationAlgorithm: 'ML_KEM', SharedSecretCiphertextBlob: base64(Buffer.alloc(768)) },
  },
  GetPublicKey: { key: signing },
  DescribeKey: {},
}

const imported = { Origin: 'EXTERNAL' } as const
const grantOn = async ({ id: KeyId }: TestKey) => {
  const { GrantId } = await admin.answer('CreateGrant', { KeyId, ...draft })
  return { GrantId }
}
const scheduled = async ({ id: KeyId }: TestKey) => {
  await admin.sdk.scheduleKeyDeletion({ KeyId })
  return {}
}
/** The operations that take key ids and key ARNs only. */
const withoutAliases: Readonly<Record<string, Case>> = {
  CancelKeyDeletion: { prepare: scheduled },
  CreateAlias: { member: 'TargetKeyId', prepare: async () => ({ AliasName: `alias/${randomUUID()}` }) },
  CreateGrant: { input: draft },
  DeleteImportedKeyMaterial: { key: imported },
  DisableKey: {},
  DisableKeyRotation: {},
  EnableKey: {},
  EnableKeyRotation: {},
  GetKeyLastUsage: {},
  GetKeyPolicy: {},
  GetKeyRotationStatus: {},
  GetParametersForImport: {
    key: imported,
    input: { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' },
  },
  ImportKeyMaterial: {
    key: imported,
    prepare: async ({ id }) => importJson(id, await parametersFor(admin, id), Buffer.alloc(32, 1)),
  },
  ListGrants: {},
  ListKeyPolicies: {},
  ListKeyRotations: {},
  ListResourceTags: {},
  PutKeyPolicy: { input: { Policy: policy } },
  ReplicateKey: { key: { MultiRegion: true }, input: { ReplicaRegion: there } },
  RevokeGrant: { prepare: grantOn },
  RotateKeyOnDemand: {},
  ScheduleKeyDeletion: {},
  TagResource: { input: { Tags: [{ TagKey: 'a', TagValue: 'b' }] } },
  UntagResource: { input: { TagKeys: ['a'] } },
  UpdateAlias: {
    member: 'TargetKeyId',
    prepare: async ({ id: TargetKeyId }) => {
      const AliasName = `alias/${randomUUID()}`
      await admin.sdk.createAlias({ AliasName, TargetKeyId })
      return { AliasName }
    },
  },
  UpdateKeyDescription: { input: { Description: 'd' } },
  UpdatePrimaryRegion: { key: { MultiRegion: true }, input: { PrimaryRegion: here } },
}

test('no operation that takes the identifier of a key is left out here', () => {
  const tried = new Set(
    Object.keys({ ...withAliases, ...withoutAliases }).map(name => name.replace(/ .*/, '')),
  )
  const untried = [...kms.operations.values()]
    .filter(({ keys }) => keys.some(([, key]) => 'forms' in key && key.forms !== 'alias-name'))
    .map(({ name }) => name)
    .filter(name => !tried.has(name))
  assert.deepEqual(untried, [])
})

const arn = (resource: string, account = ours, region = here) =>
  `arn:aws:kms:${region}:${account}:${resource}`
/**
 * The operations that work on keys of other accounts (AWS KMS developer guide, "Authentication and access control for AWS
 * KMS").
 */
const forOthers = ['CreateGrant', 'GetKeyRotationStatus', 'ListGrants', 'RevokeGrant']
/** The alias of this operation is in the caller's own account, so the operation has a test of its own. */
const ofOwnAlias = 'UpdateAlias'
const notForOthers = Object.keys(withoutAliases).filter(name => ![...forOthers, ofOwnAlias].includes(name))

for (const [name, { key: keyInput, prepare, input, member = 'KeyId' }] of [
  ...Object.entries(withAliases),
  ...Object.entries(withoutAliases),
]) {
  const operation = name.replace(/ .*/, '')
  const takesAliases = name in withAliases
  const target = async () => {
    const key = await makeKey(admin, keyInput)
    const aliasName = `alias/${randomUUID()}`
    await admin.sdk.createAlias({ AliasName: aliasName, TargetKeyId: key.id })
    const rest = { ...input, ...(await prepare?.(key)) }
    return { key, aliasName, rest }
  }

  test(`${name} takes a key by id and by ARN${takesAliases ? ', and by its aliases' : ', and no alias'}`, async () => {
    for (const form of [0, 1]) {
      const { key, rest } = await target()
      const { status, text } = await admin.call(operation, { ...rest, [member]: [key.id, key.arn][form] })
      assert.deepEqual([status, text], [200, text])
    }
    for (const isArn of [false, true]) {
      const { aliasName, rest } = await target()
      const named = { ...rest, [member]: isArn ? arn(aliasName) : aliasName }
      if (takesAliases) await admin.answer(operation, named)
      else if (member === 'TargetKeyId') assert.equal((await admin.call(operation, named)).status, 400)
      else await admin.isRefused(operation, named, 'InvalidArnException', aliasRefused)
    }
  })

  test(`${name} names an identifier that is not found or not valid`, async () => {
    const { key, rest } = await target()
    const isRefused = (identifier: string, code: string, text?: string) =>
      admin.isRefused(operation, { ...rest, [member]: identifier }, code, text)
    const id = randomUUID()
    const notThere = `Key '${arn(`key/${id}`)}' does not exist`
    await isRefused(id, 'NotFoundException', notThere)
    await isRefused(arn(`key/${id}`), 'NotFoundException', notThere)
    const mrk = `mrk-${id.replaceAll('-', '')}`
    await isRefused(mrk, 'NotFoundException', `Key '${arn(`key/${mrk}`)}' does not exist`)
    for (const wrong of [id.replaceAll('-', ''), 'mrk-fake-key-id', 'x', `${id}0`]) {
      await isRefused(wrong, 'NotFoundException', `Invalid keyId '${wrong}'`)
      await isRefused(arn(`key/${wrong}`), 'NotFoundException', `Invalid keyId ${wrong}`)
    }
    for (const existing of [id, key.id]) {
      const capitals = existing.replaceAll(/[a-f]/g, digit => digit.toUpperCase())
      const text = `Key '${arn(`key/${capitals}`)}' does not exist`
      await isRefused(capitals, 'NotFoundException', text)
      await isRefused(arn(`key/${capitals}`), 'NotFoundException', text)
    }
    await isRefused(arn(`key/${id}`, ours, there), 'NotFoundException', `Invalid arn ${there}`)
    await isRefused('arn:aws:kms:key', 'InvalidArnException')
    await isRefused(`arn:aws:s3:${here}:${ours}:key/${id}`, 'InvalidArnException')
    const path = member.charAt(0).toLowerCase() + member.slice(1)
    const must = (value: string, ...constraints: string[]) =>
      constraints
        .map(text => `Value '${value}' at '${path}' failed to satisfy constraint: Member must ${text}`)
        .join('; ')
    const ascii = 'satisfy regular expression pattern: ^\\p{ASCII}+$'
    const short = must('', 'have length greater than or equal to 1', ascii)
    await isRefused('', 'ValidationException', `2 validation errors detected: ${short}`)
    for (const text of ['キー', 'alias/clé', arn('key/é')]) {
      await isRefused(text, 'ValidationException', `1 validation error detected: ${must(text, ascii)}`)
    }
    const long = must('x'.repeat(2049), 'have length less than or equal to 2048')
    await isRefused('x'.repeat(2049), 'ValidationException', `1 validation error detected: ${long}`)
    if (!takesAliases) return
    const none = `Alias ${arn('alias/none')} is not found.`
    await isRefused('alias/none', 'NotFoundException', none)
    await isRefused(arn('alias/none'), 'NotFoundException', none)
    await isRefused(arn('alias/none', ours, there), 'NotFoundException', `Invalid arn ${there}`)
  })

  if (name === ofOwnAlias) continue
  test(`${name} reveals nothing about the keys of other accounts`, async () => {
    const { key, rest } = await target()
    for (const resource of [key.arn, arn(`key/${randomUUID()}`)]) {
      const { status, json } = await bob.call(operation, { ...rest, [member]: resource })
      const text = String(json['Message'] ?? json['message'])
      assert.equal(status, 400)
      if (member === 'DestinationKeyId') continue
      assert.equal(json['__type'], 'AccessDeniedException', text)
      assert.ok(text.includes(resource), text)
    }
    // An id without an ARN means a key of the caller's own account.
    if (member === 'KeyId') {
      const text = `Key '${arn(`key/${key.id}`, theirs)}' does not exist`
      await bob.isRefused(operation, { ...rest, KeyId: key.id }, 'NotFoundException', text)
    }
  })

  if (notForOthers.includes(name)) {
    test(`${name} is refused to other accounts, whatever the key policy says`, async () => {
      const { key, rest } = await target()
      const open = policyOf(allow('kms:*', '*', [rootOf(ours), theirs]))
      await admin.sdk.putKeyPolicy({ KeyId: key.id, Policy: open })
      await bob.isRefused(operation, { ...rest, [member]: key.arn }, 'AccessDeniedException')
    })
  }
}

test('UpdateAlias does not point an alias at a key of a different account', async () => {
  const Policy = policyOf(allow('kms:*', '*', [rootOf(ours), theirs]))
  const { arn: TargetKeyId } = await makeKey(admin, { Policy })
  const { id } = await makeKey(bob)
  await bob.sdk.createAlias({ AliasName: 'alias/own', TargetKeyId: id })
  await bob.isRefused('UpdateAlias', { AliasName: 'alias/own', TargetKeyId }, 'AccessDeniedException')
  assert.equal((await bob.sdk.describeKey({ KeyId: 'alias/own' })).KeyMetadata?.KeyId, id)
})

test('answers name the key by its ARN, or by its id if AWS does so', async () => {
  const { id: KeyId, arn: keyArn } = await makeKey(admin)
  const { CiphertextBlob } = await admin.answer('Encrypt', { KeyId, Plaintext: x })
  const answered = async (operation: string, input: object) =>
    (await admin.answer(operation, { KeyId, ...input }))['KeyId']
  assert.equal(await answered('Decrypt', { CiphertextBlob }), keyArn)
  assert.equal(await answered('GenerateDataKey', { KeySpec: 'AES_256' }), keyArn)
  assert.equal(await answered('RotateKeyOnDemand', {}), keyArn)
  assert.equal(await answered('GetKeyRotationStatus', {}), keyArn)
  assert.equal(await answered('GetKeyLastUsage', {}), KeyId)
  assert.equal(await answered('ScheduleKeyDeletion', {}), keyArn)
  assert.equal(await answered('CancelKeyDeletion', {}), keyArn)
})
