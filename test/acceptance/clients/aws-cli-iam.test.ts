import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { identityPolicy, trustPolicy } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { envLinesOf, runAwsCli, skipWithoutAwsCli } from './aws-cli.ts'

type Json = Record<string, unknown>

describe('the AWS CLI manages identities with keyward env', { skip: skipWithoutAwsCli }, () => {
  let keyward: KeywardProcess
  let envLines: string

  before(async () => {
    keyward = await startKeyward()
    envLines = await envLinesOf(keyward)
  })
  after(() => keyward.stop())

  /** Runs `aws`, with these credentials instead of the administrator's if some are given. */
  function aws(args: readonly string[], credentials: Readonly<Record<string, string>> = {}): Promise<Json> {
    const exports = Object.entries(credentials).map(([name, value]) => `export ${name}='${value}'`)
    return runAwsCli(args, {
      shellLines: [envLines, ...exports].join('\n'),
      environment: { AWS_MAX_ATTEMPTS: '1' },
    })
  }

  const iam = (operation: string, ...args: string[]) => aws(['iam', operation, ...args])
  const fails = (call: Promise<unknown>, text: string) =>
    assert.rejects(call, error => {
      assert.ok(String((error as { stderr?: string }).stderr).includes(text), String(error))
      return true
    })

  test('creates a user, gives it a key and policies, uses KMS with the key, and deletes the user', async () => {
    const user = ['--user-name', 'carol']
    const tags = 'Key=team,Value=a b/@=+.:_-ü'
    const { User } = await iam('create-user', ...user, '--path', '/staff/', '--tags', tags)
    assert.equal((User as Json)['Arn'], 'arn:aws:iam::000000000000:user/staff/carol')
    assert.deepEqual((User as Json)['Tags'], [{ Key: 'team', Value: 'a b/@=+.:_-ü' }])
    const { AccessKey } = await iam('create-access-key', ...user)
    const key = AccessKey as Record<string, string>
    const credentials = {
      AWS_ACCESS_KEY_ID: key['AccessKeyId'] ?? '',
      AWS_SECRET_ACCESS_KEY: key['SecretAccessKey'] ?? '',
    }
    await fails(aws(['kms', 'list-keys'], credentials), '(AccessDeniedException)')
    const document = identityPolicy('kms:ListKeys')
    const policy = ['--policy-name', 'list', '--policy-document']
    await iam('put-user-policy', ...user, ...policy, document)
    assert.deepEqual(await aws(['kms', 'list-keys'], credentials), { Keys: [] })
    const { PolicyDocument } = await iam('get-user-policy', ...user, '--policy-name', 'list')
    assert.deepEqual(PolicyDocument, JSON.parse(document))
    await fails(iam('put-user-policy', ...user, ...policy, '{'), '(MalformedPolicyDocument)')
    const readOnly = ['--policy-arn', 'arn:aws:iam::aws:policy/ReadOnlyAccess']
    await iam('attach-user-policy', ...user, ...readOnly)
    const { AttachedPolicies } = await iam('list-attached-user-policies', ...user)
    assert.equal((AttachedPolicies as Json[])[0]?.['PolicyName'], 'ReadOnlyAccess')
    const keyId = ['--access-key-id', credentials.AWS_ACCESS_KEY_ID]
    await iam('update-access-key', ...user, ...keyId, '--status', 'Inactive')
    await fails(aws(['iam', 'get-user'], credentials), '(InvalidClientTokenId)')
    await fails(iam('delete-user', ...user), '(DeleteConflict)')
    await iam('delete-access-key', ...user, ...keyId)
    await iam('detach-user-policy', ...user, ...readOnly)
    await iam('delete-user-policy', ...user, '--policy-name', 'list')
    await iam('delete-user', ...user)
    await fails(iam('get-user', ...user), '(NoSuchEntity)')
  })

  test('creates groups, roles and policies, and pages through lists by itself', async () => {
    const group = ['--group-name', 'crew']
    await iam('create-group', ...group)
    await iam('add-user-to-group', ...group, '--user-name', 'administrator')
    const { Users } = await iam('get-group', ...group)
    assert.deepEqual(
      (Users as Json[]).map(user => user['UserName']),
      ['administrator'],
    )
    const description = 'a <b> & "c" \'d\' ]]> é'
    const role = ['--role-name', 'worker']
    await iam(
      'create-role',
      ...role,
      '--assume-role-policy-document',
      trustPolicy(),
      '--description',
      description,
    )
    const { Role } = await iam('get-role', ...role)
    assert.equal((Role as Json)['Description'], description)
    assert.deepEqual((Role as Json)['AssumeRolePolicyDocument'], JSON.parse(trustPolicy()))
    for (const name of ['one', 'two', 'three']) {
      const document = identityPolicy('kms:Sign')
      await iam(
        'create-policy',
        '--policy-name',
        name,
        '--policy-document',
        document,
        '--description',
        description,
      )
    }
    const { Policies } = await iam('list-policies', '--scope', 'Local', '--page-size', '1')
    assert.deepEqual((Policies as Json[]).map(policy => policy['PolicyName']).sort(), ['one', 'three', 'two'])
    const arn = ['--policy-arn', 'arn:aws:iam::000000000000:policy/one']
    await iam('attach-role-policy', ...role, ...arn)
    const { PolicyRoles } = await iam('list-entities-for-policy', ...arn)
    assert.equal((PolicyRoles as Json[])[0]?.['RoleName'], 'worker')
    const { PolicyVersion } = await iam('get-policy-version', ...arn, '--version-id', 'v1')
    assert.deepEqual((PolicyVersion as Json)['Document'], JSON.parse(identityPolicy('kms:Sign')))
    const simulation = [
      '--policy-source-arn',
      'arn:aws:iam::000000000000:role/worker',
      '--action-names',
      'kms:Sign',
    ]
    const { EvaluationResults } = await iam('simulate-principal-policy', ...simulation)
    assert.equal((EvaluationResults as Json[])[0]?.['EvalDecision'], 'allowed')
  })

  test('reads the summary of the account', async () => {
    const { SummaryMap } = await iam('get-account-summary')
    assert.equal((SummaryMap as Json)['AccessKeysPerUserQuota'], 2)
  })
})
