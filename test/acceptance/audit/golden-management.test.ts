import { randomBytes } from 'node:crypto'
import { base64, makeKey } from '../../fixtures/caller.ts'
import { parametersFor, wrap } from '../../fixtures/importing.ts'
import {
  aliasExists,
  aliasNotFound,
  invalidPrincipals,
  originIsAwsKms,
  unpublished,
  wouldHaveSucceeded,
} from './golden/failure-texts.ts'
import { readGolden } from './golden/golden-record.ts'
import {
  absent,
  checkRows,
  type Failure,
  keyCalls,
  nameKey,
  type Prepared,
  parametersOf,
  type Row,
} from './golden/golden-rows.ts'
import { aliceArn, goldenWorld, grantId, keyId, materialId, type Named } from './golden/golden-world.ts'

// The records of the operations that manage keys, compared with those that AWS published; the files in golden/kms name
// their sources.

const world = await goldenWorld()
const { alice } = world
const { on, disabled, pendingDeletion } = keyCalls(alice)

const external = { Origin: 'EXTERNAL' }
const rsa = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }
const granted = { GranteePrincipal: aliceArn, Operations: ['Encrypt', 'RetireGrant'] }
const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
const policyName = { PolicyName: 'default' }
const { policy } = readGolden('kms/key-policies/PutKeyPolicy')['requestParameters'] as { policy: string }

const notImported = (prepare: () => Promise<Prepared>): Failure => ({
  code: 'UnsupportedOperationException',
  text: originIsAwsKms,
  prepare,
})

/** A call with a marker of a list that has more pages. */
async function withMarker(operation: string, prepared: Prepared, golden: string): Promise<Prepared> {
  const { NextMarker } = await alice.answer(operation, prepared.input)
  return markedBy(String(NextMarker), prepared, golden)
}

function markedBy(Marker: string, { input, named }: Prepared, golden: string): Prepared {
  const { marker } = readGolden(`kms/${golden}`)['requestParameters'] as { marker: string }
  return { input: { ...input, Marker }, named: { ...named, [Marker]: marker } }
}

const badMarker = (prepare: () => Promise<Prepared>, golden?: string): Failure => ({
  code: 'InvalidMarkerException',
  text: unpublished,
  prepare: async () => {
    const prepared = await prepare()
    return golden === undefined
      ? { ...prepared, input: { ...prepared.input, Marker: 'nonsense' } }
      : markedBy('nonsense', prepared, golden)
  },
})

async function withGrants(count: number): Promise<Prepared & { readonly grant: Record<string, unknown> }> {
  const prepared = await on()()
  let grant: Record<string, unknown> = {}
  for (let made = 0; made < count; made += 1) {
    grant = await alice.answer('CreateGrant', { ...prepared.input, ...granted })
  }
  return { ...prepared, grant, named: { ...prepared.named, [String(grant['GrantId'])]: grantId } }
}

/** A new key, and an alias that is its own. */
async function withAlias(AliasName: string): Promise<Prepared> {
  const key = await makeKey(alice)
  await alice.sdk.deleteAlias({ AliasName }).catch(() => undefined)
  await alice.sdk.createAlias({ AliasName, TargetKeyId: key.id })
  return { key, input: { AliasName }, named: nameKey(key) }
}

async function withNewTarget(): Promise<Prepared> {
  const { input } = await withAlias('alias/my_alias')
  const key = await makeKey(alice)
  return { key, input: { ...input, TargetKeyId: key.id }, named: nameKey(key) }
}

async function withTarget(): Promise<Prepared> {
  const key = await makeKey(alice)
  return { key, input: { AliasName: 'alias/ExampleAlias', TargetKeyId: key.id }, named: nameKey(key) }
}

async function importable(): Promise<Prepared> {
  const prepared = await on({}, external)()
  const parameters = await parametersFor(alice, prepared.key?.id ?? '')
  const members = {
    ImportToken: base64(parameters.token),
    EncryptedKeyMaterial: base64(wrap(parameters, randomBytes(32))),
    ValidTo: Math.floor(Date.now() / 1000) + 3600,
    ExpirationModel: 'KEY_MATERIAL_EXPIRES',
    ImportType: 'NEW_KEY_MATERIAL',
    KeyMaterialDescription: 'ExampleKeyMaterialA',
  }
  const namedIn = (answer: Record<string, unknown>): Named => ({
    [String(answer['KeyMaterialId'])]: materialId,
  })
  return { ...prepared, input: { ...prepared.input, ...members }, namedIn }
}

async function imported(): Promise<Prepared> {
  const { input, named, key } = await importable()
  const KeyMaterialId = String((await alice.answer('ImportKeyMaterial', input))['KeyMaterialId'])
  return { input: { KeyId: key?.id, KeyMaterialId }, named: { ...named, [KeyMaterialId]: materialId } }
}

function createdKey(answer: Record<string, unknown>): Named {
  const { KeyId = '', CurrentKeyMaterialId } = answer['KeyMetadata'] as Record<string, string>
  return { [KeyId]: keyId, ...(CurrentKeyMaterialId && { [CurrentKeyMaterialId]: materialId }) }
}

/** A policy that names a user who does not exist. */
const badPolicy = policy.replace(/:root"/, ':user/nobody"')
const malformed = (name: string, input: object): Failure => ({
  code: 'MalformedPolicyDocumentException',
  text: invalidPrincipals,
  prepare: async () => ({ input: { ...input, Policy: badPolicy } }),
  differs: { resources: undefined, ...parametersOf(name, { policy: badPolicy }) },
})
const newKey = { Description: 'A key for the log files' }
const listed = { Limit: 5 }
const ofKey = (more: object = {}, kind: object = {}) => ({ prepare: on(more, kind), fails: pendingDeletion })
const ofAnyState = (more: object = {}) => ({ prepare: on(more), fails: absent(more) })

const rows: Readonly<Record<string, Row>> = {
  'keys/CreateKey': {
    prepare: async () => ({ input: newKey, namedIn: createdKey }),
    fails: malformed('keys/CreateKey', newKey),
  },
  'keys/CreateKey-external': {
    prepare: async () => ({ input: external, namedIn: createdKey }),
    fails: malformed('keys/CreateKey-external', external),
  },
  'keys/DescribeKey': ofAnyState(),
  'keys/GetKeyLastUsage': ofAnyState(),
  'keys/GetPublicKey': ofKey({}, rsa),
  'keys/ListKeys': {
    prepare: async () => ({ input: listed }),
    fails: {
      ...badMarker(async () => ({ input: listed })),
      differs: parametersOf('keys/ListKeys', { marker: 'nonsense' }),
    },
  },
  'keys/DisableKey': ofKey(),
  'keys/EnableKey': ofKey(),
  'keys/UpdateKeyDescription': ofKey({ Description: 'New key description' }),
  'keys/ScheduleKeyDeletion': ofKey({ PendingWindowInDays: 20 }),
  'keys/CancelKeyDeletion': {
    prepare: async () => {
      const prepared = await on()()
      await alice.sdk.scheduleKeyDeletion({ KeyId: prepared.key?.id })
      return prepared
    },
    fails: { code: 'KMSInvalidStateException', text: unpublished, prepare: on() },
  },
  'aliases/CreateAlias': {
    prepare: withTarget,
    fails: { code: 'AlreadyExistsException', text: aliasExists('alias/ExampleAlias') },
  },
  'aliases/UpdateAlias': { prepare: withNewTarget, fails: pendingDeletion },
  'aliases/DeleteAlias': {
    prepare: () => withAlias('alias/my_alias'),
    fails: {
      code: 'NotFoundException',
      text: aliasNotFound('alias/my_alias'),
      spoil: () => alice.sdk.deleteAlias({ AliasName: 'alias/my_alias' }),
      differs: { resources: undefined },
    },
  },
  'aliases/ListAliases': {
    prepare: async () => {
      for (const name of 'abcdef') await withAlias(`alias/${name}`)
      return await withMarker('ListAliases', { input: listed }, 'aliases/ListAliases')
    },
    fails: badMarker(async () => ({ input: listed }), 'aliases/ListAliases'),
  },
  'grants/CreateGrant': {
    prepare: async () => {
      const constraints = { Constraints: { EncryptionContextSubset: { ContextKey1: 'Value1' } } }
      const prepared = await on({ ...granted, ...constraints }, {}, 'arn')()
      return { ...prepared, namedIn: answer => ({ [String(answer['GrantId'])]: grantId }) }
    },
    fails: disabled,
  },
  'grants/ListGrants': {
    prepare: async () => {
      const { input, named } = await withGrants(11)
      return withMarker('ListGrants', { input: { ...input, Limit: 10 }, named }, 'grants/ListGrants')
    },
    fails: badMarker(on({ Limit: 10 }), 'grants/ListGrants'),
  },
  'grants/ListRetirableGrants': {
    prepare: async () => ({ input: { Limit: 10, RetiringPrincipal: aliceArn } }),
    fails: {
      ...badMarker(async () => ({ input: { Limit: 10, RetiringPrincipal: aliceArn } })),
      differs: parametersOf('grants/ListRetirableGrants', { marker: 'nonsense' }),
    },
  },
  'grants/RevokeGrant': {
    prepare: async () => {
      const { input, grant, named } = await withGrants(1)
      return { input: { ...input, GrantId: grant['GrantId'] }, named }
    },
    fails: { code: 'NotFoundException', text: unpublished, prepare: on({ GrantId: grantId }) },
  },
  'grants/RetireGrant': {
    prepare: async () => {
      const { grant, named } = await withGrants(1)
      return { input: { GrantToken: grant['GrantToken'] }, named }
    },
    fails: {
      code: 'DryRunOperationException',
      text: wouldHaveSucceeded,
      prepare: async () => {
        const { grant, named } = await withGrants(1)
        return { input: { GrantToken: grant['GrantToken'], DryRun: true }, named }
      },
      // The record names the grant of a call that fails too.
      differs: { additionalEventData: { grantId } },
    },
  },
  'key-policies/GetKeyPolicy': {
    prepare: on(policyName),
    fails: {
      code: 'NotFoundException',
      text: unpublished,
      prepare: on({ PolicyName: 'other' }),
      differs: parametersOf('key-policies/GetKeyPolicy', { policyName: 'other' }),
    },
  },
  'key-policies/PutKeyPolicy': {
    prepare: on({ ...policyName, Policy: policy }),
    fails: {
      code: 'MalformedPolicyDocumentException',
      text: invalidPrincipals,
      prepare: on({ ...policyName, Policy: badPolicy }),
      differs: parametersOf('key-policies/PutKeyPolicy', { policy: badPolicy }),
    },
  },
  'key-policies/ListKeyPolicies': ofAnyState(),
  'tags/TagResource': {
    prepare: on({ Tags: [{ TagKey: 'Department', TagValue: 'IT' }] }, {}, 'arn'),
    fails: pendingDeletion,
  },
  'tags/UntagResource': { prepare: on({ TagKeys: ['Dept'] }, {}, 'arn'), fails: pendingDeletion },
  'tags/ListResourceTags': ofAnyState({ Limit: 10 }),
  'rotation/EnableKeyRotation': ofKey(),
  'rotation/DisableKeyRotation': { prepare: on({}, {}, 'arn'), fails: pendingDeletion },
  'rotation/GetKeyRotationStatus': ofAnyState(),
  'rotation/ListKeyRotations': {
    prepare: on({ IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
    fails: {
      code: 'ValidationException',
      text: unpublished,
      prepare: on({ IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }, rsa),
    },
  },
  'rotation/RotateKeyOnDemand': ofKey(),
  'key-material/GetParametersForImport': {
    prepare: on(wrapping, external),
    fails: notImported(on(wrapping)),
  },
  'key-material/ImportKeyMaterial': { prepare: importable, fails: pendingDeletion },
  'key-material/DeleteImportedKeyMaterial': {
    prepare: imported,
    fails: notImported(on({ KeyMaterialId: materialId })),
  },
}

checkRows(world, rows)
