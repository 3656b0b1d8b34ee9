import assert from 'node:assert/strict'
import { test } from 'node:test'
import { iam } from '../../src/services/index.ts'
import { differences } from './member-differences.ts'
import { iamSdkOperations } from './sdk-schemas.ts'

// Every operation of IAM that is built has the same members, of the same kinds, as in AWS's SDK, and no others.

/** The members that AWS has and this server does not have, and why. */
const left: Readonly<Record<string, string>> = {
  'CreateRole/MaxSigninSessionDuration': 'there is no console to sign in to',
  'UpdateRole/MaxSigninSessionDuration': 'there is no console to sign in to',
  'UpdateRole/ResetMaxSigninSessionDuration': 'there is no console to sign in to',
  PasswordLastUsed: 'there are no passwords',
  MaxSigninSessionDuration: 'there is no console to sign in to',
  SourceRoleTemplate: 'there are no role templates',
  'ListServiceSpecificCredentials/ServiceName':
    'there are no such credentials, and the list of them is empty',
  'ListServiceSpecificCredentials/AllUsers': 'there are no such credentials, and the list of them is empty',
  Reason: 'deletions do not fail after they began',
  EvalDecisionDetails: 'it describes roles across accounts, which are not simulated',
  ResourceSpecificResults: 'it describes scenarios of EC2',
  Marker: 'lists that are always empty have no further page',
}

/** Things that do not exist here: their lists are always empty. */
const nobodyHas = new Set([
  ...['MFADevices', 'VirtualMFADevices', 'SSHPublicKeys'],
  ...['Certificates', 'ServiceSpecificCredentials', 'LoginProfile', 'PasswordPolicy', 'SAMLProviderList'],
])

const isLeft = (place: string) => {
  const segments = place.split('/')
  return (
    left[place] !== undefined ||
    left[segments.at(-1) ?? ''] !== undefined ||
    segments.some(name => nobodyHas.has(name))
  )
}

for (const [name, operation] of iam.operations) {
  test(`${name} has the input and output members that the SDK knows`, () => {
    const sdk = iamSdkOperations.get(name)
    assert.ok(sdk, `the SDK has no ${name}`)
    const isLeftOfInput = (place: string) => left[place] !== undefined
    assert.deepEqual(differences(operation.input, sdk.input, name, isLeftOfInput), [])
    if (operation.output === undefined) assert.equal(sdk.output.members.size, 0)
    else assert.deepEqual(differences(operation.output, sdk.output, name, isLeft), [])
  })
}

test('a member that the SDK marks as sensitive is not disclosed', () => {
  const secret = iam.operations.get('CreateAccessKey')?.output
  const shown = secret?.disclose({
    AccessKey: { AccessKeyId: 'a', Status: 'Active', CreateDate: 0, SecretAccessKey: 'never' },
  })
  assert.ok(!JSON.stringify(shown).includes('never'))
})
