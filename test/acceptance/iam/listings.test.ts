import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { iamClient, identityPolicy, trustPolicy } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'

// Listings of accounts with much in them. IAM may return fewer items than MaxItems and says then that there are more (IAM
// API reference, "ListRoles", "ListPolicies" and "GetAccountAuthorizationDetails": MaxItems and IsTruncated).

let keyward: KeywardProcess
let iam: IAM
const roleNames = Array.from({ length: 12 }, (_, index) => `role-${String(index).padStart(2, '0')}`)
const policyNames = ['AWSReader', 'Zeta', 'alpha', 'beta', 'readonlyaccess']

before(async () => {
  keyward = await startKeyward()
  iam = iamClient(keyward)
  // Quotas do not count white space, so a document can have 131,072 characters.
  const AssumeRolePolicyDocument = trustPolicy() + ' '.repeat(100_000)
  for (const RoleName of roleNames) await iam.createRole({ RoleName, AssumeRolePolicyDocument })
  const PolicyDocument = identityPolicy('kms:ListKeys')
  for (const PolicyName of policyNames) await iam.createPolicy({ PolicyName, PolicyDocument })
  await iam.attachRolePolicy({ RoleName: 'role-03', PolicyArn: 'arn:aws:iam::000000000000:policy/beta' })
  await iam.attachRolePolicy({ RoleName: 'role-03', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' })
})
after(() => keyward.stop())

interface AnyPage {
  readonly IsTruncated?: boolean | undefined
  readonly Marker?: string | undefined
}

/** Follows the markers of a listing to its end. */
async function pagesOf<P extends AnyPage>(read: (marker: string | undefined) => Promise<P>): Promise<P[]> {
  const pages: P[] = []
  let marker: string | undefined
  do {
    const page = await read(marker)
    assert.equal(page.IsTruncated, page.Marker !== undefined)
    pages.push(page)
    marker = page.Marker
  } while (marker !== undefined)
  return pages
}

test('a page of roles ends early when their trust policies are long', async () => {
  const pages = await pagesOf(Marker => iam.listRoles({ Marker, MaxItems: 1000 }))
  assert.deepEqual(
    pages.map(({ Roles }) => Roles?.length),
    [10, 2],
  )
  assert.deepEqual(
    pages.flatMap(({ Roles }) => Roles?.map(({ RoleName }) => RoleName)),
    roleNames,
  )
})

test('a page of authorization details ends early when its policies are long', async () => {
  const read = (MaxItems: number) =>
    pagesOf(Marker => iam.getAccountAuthorizationDetails({ Marker, MaxItems, Filter: ['Role'] }))
  const byLength = await read(1000)
  assert.deepEqual(
    byLength.map(({ RoleDetailList }) => RoleDetailList?.length),
    [6, 6],
  )
  for (const pages of [byLength, await read(1), await read(4)]) {
    const names = pages.flatMap(({ RoleDetailList }) => RoleDetailList?.map(({ RoleName }) => RoleName))
    assert.deepEqual(names, roleNames)
  }
})

test('pages of authorization details have each entity once, whatever their size', async () => {
  const namesOf = async (MaxItems: number) => {
    const pages = await pagesOf(Marker => iam.getAccountAuthorizationDetails({ Marker, MaxItems }))
    return pages.flatMap(
      ({ UserDetailList = [], RoleDetailList = [], GroupDetailList = [], Policies = [] }) => [
        ...Policies.map(({ PolicyName }) => PolicyName),
        ...GroupDetailList.map(({ GroupName }) => GroupName),
        ...RoleDetailList.map(({ RoleName }) => RoleName),
        ...UserDetailList.map(({ UserName }) => UserName),
      ],
    )
  }
  const whole = (await namesOf(1000)).sort()
  for (const name of [...roleNames, ...policyNames, 'administrator', 'ReadOnlyAccess'])
    assert.equal(whole.filter(item => item === name).length, 1, name)
  for (const MaxItems of [1, 2, 3, 5, whole.length]) assert.deepEqual((await namesOf(MaxItems)).sort(), whole)
  assert.equal(
    (await iam.getAccountAuthorizationDetails({ MaxItems: 1000, Filter: ['User'] })).IsTruncated,
    false,
  )
})

test('pages of policies have each policy of the account and of AWS once, whatever their size', async () => {
  const arnsOf = async (input: object) => {
    const pages = await pagesOf(Marker => iam.listPolicies({ Marker, ...input }))
    return pages.flatMap(({ Policies = [] }) => Policies.map(({ Arn }) => Arn ?? ''))
  }
  const whole = await arnsOf({ MaxItems: 1000 })
  assert.equal(new Set(whole).size, whole.length)
  for (const name of policyNames) assert.ok(whole.includes(`arn:aws:iam::000000000000:policy/${name}`))
  assert.ok(whole.includes('arn:aws:iam::aws:policy/ReadOnlyAccess'))
  for (const MaxItems of [1, 3, whole.length]) assert.deepEqual(await arnsOf({ MaxItems }), whole)
  const own = whole.filter(arn => !arn.startsWith('arn:aws:iam::aws:'))
  for (const MaxItems of [1, 2, 5]) assert.deepEqual(await arnsOf({ MaxItems, Scope: 'Local' }), own)
  const attached = await arnsOf({ MaxItems: 1, OnlyAttached: true, PolicyUsageFilter: 'PermissionsPolicy' })
  assert.ok(attached.includes('arn:aws:iam::000000000000:policy/beta'))
  assert.ok(attached.includes('arn:aws:iam::aws:policy/ReadOnlyAccess'))
  assert.ok(!attached.includes('arn:aws:iam::000000000000:policy/alpha'))
})

test('the summary counts the versions of all policies', async () => {
  const PolicyArn = 'arn:aws:iam::000000000000:policy/Zeta'
  const { SummaryMap: before } = await iam.getAccountSummary({})
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: identityPolicy('kms:ListAliases') })
  const { SummaryMap: now } = await iam.getAccountSummary({})
  assert.equal(before?.['Policies'], policyNames.length)
  assert.equal(now?.['Policies'], policyNames.length)
  assert.equal(Number(now?.['PolicyVersionsInUse']), Number(before?.['PolicyVersionsInUse']) + 1)
})
