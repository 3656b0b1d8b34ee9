import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionOf as serverPartitionOf } from '../../../../src/domain/index.ts'
import { keySpecs } from '../key-specs.ts'
import { makePolicy, type PolicyChoices, partitionOf } from './console-policy.ts'

// The sets of AWS: AWS KMS developer guide, "Default key policy", "Allows key administrators to administer the KMS key" and
// "Allows key users to use the KMS key". The order of actions differs between its own examples, so that sets are compared.

const administration = `kms:Create* kms:Describe* kms:Enable* kms:List* kms:Put* kms:Update* kms:Revoke* kms:Disable*
  kms:Get* kms:Delete* kms:TagResource kms:UntagResource kms:ScheduleKeyDeletion kms:CancelKeyDeletion kms:RotateKeyOnDemand`
const uses: Readonly<Record<string, string>> = {
  'symmetric ENCRYPT_DECRYPT': 'kms:DescribeKey kms:Encrypt kms:Decrypt kms:ReEncrypt* kms:GenerateDataKey*',
  'asymmetric ENCRYPT_DECRYPT': 'kms:DescribeKey kms:GetPublicKey kms:Encrypt kms:Decrypt kms:ReEncrypt*',
  'asymmetric SIGN_VERIFY': 'kms:DescribeKey kms:GetPublicKey kms:Sign kms:Verify',
  'symmetric GENERATE_VERIFY_MAC': 'kms:DescribeKey kms:GenerateMac kms:VerifyMac',
  'asymmetric KEY_AGREEMENT': 'kms:DescribeKey kms:GetPublicKey kms:DeriveSharedSecret',
  'asymmetric ENCAPSULATE_DECAPSULATE': 'kms:DescribeKey kms:GetPublicKey kms:Encapsulate kms:Decapsulate',
}
const grants = new Set(['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'])

const own = '111122223333'
const root = `arn:aws:iam::${own}:root`
const alice = `arn:aws:iam::${own}:user/Alice`
const ops = `arn:aws:iam::${own}:role/path/Ops`
const people = { nobody: [], one: [alice], several: [alice, ops] }
const accounts = { none: [], one: ['444455556666'], several: ['444455556666', '777788889999'] }
const setOf = (words: string) => new Set(words.trim().split(/\s+/))
const asList = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : [...value])

interface Case {
  readonly name: string
  readonly choices: PolicyChoices
}

/** Every combination of choices. */
function* cases(): Generator<Case> {
  const kinds = new Set(
    Object.values(keySpecs).flatMap(({ type, algorithms }) =>
      Object.keys(algorithms).map(usage => `${type} ${usage}`),
    ),
  )
  assert.deepEqual([...kinds].sort(), Object.keys(uses).sort())
  for (const kind of kinds)
    for (const origin of ['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const)
      for (const isMultiRegion of [false, true])
        for (const mayDelete of [false, true])
          for (const administrators of Object.values(people))
            for (const users of Object.values(people))
              for (const otherAccounts of Object.values(accounts)) {
                const [keyType, keyUsage] = kind.split(' ') as never[]
                const choices = {
                  ...{ accountId: own, partition: 'aws', origin, isMultiRegion, mayDelete },
                  ...{ administrators, users, otherAccounts },
                }
                yield {
                  name: `${kind} ${JSON.stringify(choices)}`,
                  choices: { ...choices, keyType: keyType as never, keyUsage: keyUsage as never },
                }
              }
}

/** AWS's statements for a case: principals and actions, in the order of AWS's console. */
function expectedOf({ choices }: Case) {
  const administrators = setOf(administration)
  if (!choices.mayDelete)
    for (const action of ['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion']) administrators.delete(action)
  if (choices.origin === 'EXTERNAL') administrators.add('kms:ImportKeyMaterial')
  if (choices.isMultiRegion)
    for (const action of ['kms:ReplicateKey', 'kms:UpdatePrimaryRegion']) administrators.add(action)
  const users = [...choices.users, ...choices.otherAccounts.map(id => `arn:aws:iam::${id}:root`)]
  const use = setOf(uses[`${choices.keyType} ${choices.keyUsage}`] ?? '')
  const isMac = choices.keyUsage === 'GENERATE_VERIFY_MAC'
  return [
    ['Enable IAM User Permissions', [root], new Set(['kms:*'])],
    ['Allow access for Key Administrators', choices.administrators, administrators],
    ['Allow use of the key', users, use],
    ...(isMac ? [] : [['Allow attachment of persistent resources', users, grants] as const]),
  ].filter(([, principals]) => (principals as readonly string[]).length > 0)
}

test('the policy has AWS’s sets for every combination of choices', () => {
  let count = 0
  for (const item of cases()) {
    const { Statement, ...rest } = makePolicy(item.choices)
    assert.deepEqual(rest, { Id: 'key-consolepolicy-3', Version: '2012-10-17' })
    const found = Statement.map(({ Sid, Principal, Action }) => [
      ...[Sid, asList(Principal.AWS), new Set(asList(Action))],
    ])
    assert.deepEqual(found, expectedOf(item), item.name)
    for (const { Sid, Effect, Resource, Principal, Action, Condition } of Statement) {
      assert.deepEqual([Effect, Resource], ['Allow', '*'])
      assert.ok(typeof Principal.AWS === 'string' || Principal.AWS.length > 1, item.name)
      assert.equal(new Set(asList(Action)).size, asList(Action).length, 'an action twice')
      const isAttachment = Sid === 'Allow attachment of persistent resources'
      assert.deepEqual(
        Condition,
        isAttachment ? { Bool: { 'kms:GrantIsForAWSResource': 'true' } } : undefined,
      )
    }
    count += 1
  }
  assert.equal(count, 6 * 4 * 2 * 2 * 3 * 3 * 3)
})

test('the partition of a Region is that of the server', () => {
  for (const region of [
    ...['us-east-1', 'cn-north-1', 'us-gov-west-1', 'eusc-de-east-1', 'us-iso-east-1', 'us-isob-east-1'],
    ...['eu-isoe-west-1', 'us-isof-south-1', 'eu-west-1'],
  ])
    assert.equal(partitionOf(region), serverPartitionOf(region), region)
})
