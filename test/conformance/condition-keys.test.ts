import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { StepBudget } from '../../src/access/index.ts'
import { kmsActions, kmsConditionKeys, newKey } from '../../src/domain/index.ts'
import type { ResolvedKey } from '../../src/keys/resolved-key.ts'
import type { Call } from '../../src/operation/call.ts'
import type { FoundKey, KeyRequirement, Operation, ResourceRequirement } from '../../src/operation/index.ts'
import { RequestContext } from '../../src/pipeline/permission/request-context.ts'
import { kms } from '../../src/services/index.ts'
import { conditionKeys } from '../../src/services/kms/condition-keys.ts'
import { temporaryDirectory } from '../fixtures/keyward-process.ts'
import { openTestStore } from '../fixtures/test-store.ts'

// Every condition key of AWS KMS has a value for the operations of its documentation, and for no others. The table in
// domain/kms/condition-keys.ts is the documentation, and this test compares the operations with it.

const scope = { accountId: '111111111111', region: 'us-east-1' }
const context = new Map([['Purpose', 'test']])
const algorithms = { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT', MacAlgorithm: 'HMAC_SHA_256' }

/** More members than any operation takes, so that no condition key lacks its value. */
const input = {
  KeyId: 'alias/mine',
  CustomKeyStoreId: 'cks-1234567890abcdef0',
  SourceKeyId: 'alias/mine',
  DestinationKeyId: 'alias/mine',
  TargetKeyId: '11111111-1111-4111-8111-111111111111',
  AliasName: 'alias/mine',
  ...algorithms,
  SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  SigningAlgorithm: 'ECDSA_SHA_256',
  MessageType: 'RAW',
  KeyAgreementAlgorithm: 'ECDH',
  KeyPairSpec: 'RSA_2048',
  EncryptionContext: context,
  SourceEncryptionContext: context,
  DestinationEncryptionContext: context,
  BypassPolicyLockoutSafetyCheck: true,
  MultiRegion: true,
  Tags: [{ TagKey: 'team', TagValue: 'blue' }],
  TagKeys: ['team'],
  PrimaryRegion: 'us-west-2',
  ReplicaRegion: 'us-west-2',
  ValidTo: 1_800_000_000_000,
  WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
  WrappingKeySpec: 'RSA_2048',
  GranteePrincipal: 'arn:aws:iam::111111111111:user/ann',
  GranteeServicePrincipal: 's3.amazonaws.com',
  RetiringPrincipal: 'arn:aws:iam::111111111111:user/ann',
  RetiringServicePrincipal: 's3.amazonaws.com',
  Operations: ['Decrypt', 'Encrypt'],
  Constraints: {
    EncryptionContextEquals: context,
    SourceArn: 'arn:aws:s3:us-east-1:111111111111:bucket',
  },
}

const key = {
  key: {
    ...newKey({
      ...scope,
      keyId: 'mrk-11111111111141118111111111111111',
      keySpec: 'SYMMETRIC_DEFAULT',
      keyUsage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      createdAt: 0,
    }),
    primaryRegion: 'us-east-1',
  },
  arn: 'arn:aws:kms:us-east-1:111111111111:key/mrk-11111111111141118111111111111111',
  tags: [],
  aliasNames: ['alias/mine'],
} as unknown as ResolvedKey

const principal = {
  type: 'Root',
  accountId: scope.accountId,
  arn: 'arn:aws:iam::111111111111:root',
  principalId: scope.accountId,
} as const
const caller = {
  identity: {
    principal,
    policies: [],
    boundary: undefined,
    sessionPolicies: undefined,
    tags: [],
    session: undefined,
  },
  scope,
  accessKeyId: undefined,
  service: { name: 's3.amazonaws.com', isOnBehalf: true, sourceArn: undefined, sourceAccount: undefined },
}
const recipient = {
  moduleId: 'i-1',
  digest: 'SHA384',
  pcrs: new Map([
    [0, 'aa'],
    [1, 'bb'],
  ]),
  nitroTpmPcrs: new Map([[7, 'cc']]),
  publicKey: Buffer.alloc(0),
  timestamp: 0,
} as never

interface Asked {
  readonly operation: string
  readonly action: string
  readonly context: RequestContext
}

const sources = {
  organization: { ofAccount: () => undefined },
  conditionKeys: new Map([[conditionKeys.prefix, conditionKeys]]),
}

/** Some operations look for the things that they touch. */
const store = await openTestStore(join(temporaryDirectory(), 'keyward.db'))
after(() => store.close())

/** Every question that the operations ask policies, with its context. */
const asked: readonly Asked[] = (await Promise.all([...kms.operations.values()].map(askAll))).flat()

async function askAll(operation: Operation): Promise<Asked[]> {
  // Retiring is a question about the grant, not about the input.
  const ofKeys = operation.keys.flatMap(([, requirement]) =>
    'retires' in requirement ? [] : [askKey(operation, requirement)],
  )
  const ofResources: Asked[] = []
  for (const [, find] of operation.resources) {
    const found = await find({ input, caller, scope, store: store.reader })
    const resources = 'found' in found ? found.resources : found
    ofResources.push(...resources.map(item => askResource(operation, item)))
  }
  return [...ofKeys, ...ofResources]
}

function askKey(operation: Operation, requirement: KeyRequirement<unknown>): Asked {
  const action = requirement.action ?? `kms:${operation.name}`
  const found: FoundKey = {
    name: 'key',
    requirement,
    action,
    input,
    caller,
    key,
    namedAs: 'arn:aws:kms:us-east-1:111111111111:alias/mine',
    lastUsedAt: undefined,
    now: 0,
  }
  return ask(operation, action, found, requirement.conditions as never)
}

function askResource(operation: Operation, resource: ResourceRequirement<never>): Asked {
  return ask(operation, resource.action ?? `kms:${operation.name}`, undefined, resource.conditions)
}

function ask(
  { name: operation }: Operation,
  action: string,
  found: FoundKey | undefined,
  conditions: ResourceRequirement<never>['conditions'],
): Asked {
  const call = { sourceIpAddress: '', userAgent: '', referer: '', tlsDetails: undefined } as Call
  const facts = {
    call,
    provedCaller: caller,
    time: 0,
    input,
    found: found === undefined ? [] : [found],
    recipient,
    budget: new StepBudget(),
  }
  const context = new RequestContext(facts, { action, found, conditions }, sources)
  return { operation, action, context }
}

/** One condition key of each family. */
const membersOf: Readonly<Record<string, string>> = {
  'kms:EncryptionContext:': 'kms:EncryptionContext:PURPOSE',
  'kms:RecipientAttestation:NitroTPMPCR': 'kms:RecipientAttestation:NitroTPMPCR7',
  'kms:RecipientAttestation:PCR': 'kms:RecipientAttestation:PCR1',
}

for (const [name, { actions }] of Object.entries(kmsConditionKeys)) {
  test(`${name} is present for its actions and for no others`, () => {
    const wanted = (membersOf[name] ?? name).toLowerCase()
    const found = asked.filter(({ context: at }) => (at.valuesOf(wanted)?.length ?? 0) > 0)
    const actual = [...new Set(found.map(({ action }) => action.replace('kms:', '')))].sort()
    // RetireGrant takes its values from the grant, not from the input;
    // test/acceptance/conditions/kms-condition-keys.test.ts tests it.
    assert.deepEqual(
      actual,
      [...actions].filter(action => action !== 'RetireGrant').sort(),
      'actions with - have no value, perhaps because the input above lacks the member; actions with + must have none',
    )
  })
}

test('every action that an operation needs is in domain/kms/kms-actions.ts', () => {
  const known: readonly string[] = kmsActions
  const needed = asked.map(({ action }) => action.replace('kms:', ''))
  assert.deepEqual(
    [...new Set(needed)].filter(action => !known.includes(action)),
    [],
  )
})

test('every action on a key is in the table', () => {
  const withKeys = [...kms.operations.values()].flatMap(({ name, keys }) =>
    keys.flatMap(([, requirement]) =>
      'retires' in requirement ? [] : [requirement.action?.replace('kms:', '') ?? name],
    ),
  )
  const known: readonly string[] = kmsConditionKeys['kms:KeySpec'].actions
  assert.deepEqual(
    [...new Set(withKeys)].filter(action => !known.includes(action)),
    [],
  )
})

test('no request has a value for a condition key that AWS KMS does not have', () => {
  for (const name of [
    'kms:keyid',
    'kms:encryptioncontext',
    'kms:encryptioncontext:',
    'kms:recipientattestation:pcr',
  ])
    for (const { context: at } of asked) assert.equal(at.valuesOf(name), undefined, name)
})
