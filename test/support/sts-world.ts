import assert from 'node:assert/strict'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { type AssumeRoleCommandInput, STS } from '@aws-sdk/client-sts'
import type { TestCredentials } from './clients.ts'
import { type KeywardProcess, startKeyward } from './keyward-process.ts'
import { callQuery } from './query-call.ts'
import { allow, credentialsOf, seedUser, writeSeed } from './seed.ts'

export const home = '111122223333'
export const elsewhere = '444455556666'

/** A temporary key of the seed file. */
export const passing = {
  accessKeyId: 'ASIAPASSINGPASSING00',
  secretAccessKey: 'the secret of passing',
  sessionToken: 'the token of passing',
}

/** Two accounts, each with a root key and somebody who may do everything; further users may ask for roles. */
export async function startStsWorld(
  environment: Readonly<Record<string, string>> = {},
): Promise<KeywardProcess> {
  const root = (name: string) => {
    const { accessKeyId, secretAccessKey } = credentialsOf(name)
    return { accessKeys: [{ id: accessKeyId, secret: secretAccessKey }] }
  }
  const temporary = {
    name: 'passing',
    policies: [{ name: 'access', document: { Version: '2012-10-17', Statement: [allow('*')] } }],
    accessKeys: [
      { id: passing.accessKeyId, secret: passing.secretAccessKey, sessionToken: passing.sessionToken },
    ],
  }
  const accounts = [
    {
      id: home,
      root: root('homeroot'),
      users: [
        seedUser('homeadmin', allow('*')),
        seedUser('asker', allow('sts:*')),
        temporary,
        seedUser('nobody'),
        seedUser(
          'lister',
          allow(['kms:ListKeys', 'kms:ListAliases', 'sts:GetFederationToken', 'sts:TagSession']),
        ),
      ],
    },
    {
      id: elsewhere,
      root: root('awayroot'),
      users: [seedUser('awayadmin', allow('*')), seedUser('stranger', allow('sts:*'))],
    },
  ]
  return await startKeyward({ environment, flags: ['--seed', writeSeed({ accounts })] })
}

export const trust = (Principal: unknown, more: object = {}, Action: string | string[] = 'sts:AssumeRole') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal, Action, ...more },
  })

export const roleArnOf = (name: string, account = home) => `arn:aws:iam::${account}:role/${name}`

/** Performs an IAM action that must succeed, as the administrator of an account. */
export async function iam(
  server: KeywardProcess,
  action: string,
  parameters: Readonly<Record<string, string>>,
  account = home,
): Promise<void> {
  const admin = credentialsOf(account === home ? 'homeadmin' : 'awayadmin')
  const { status, text } = await callQuery(server, 'iam', action, parameters, admin)
  assert.equal(status, 200, text)
}

/** Makes a role that may list keys. */
export async function makeRole(
  server: KeywardProcess,
  name: string,
  trustPolicy: string,
  {
    account = home,
    actions = ['kms:ListKeys'],
    parameters = {},
  }: {
    account?: string
    actions?: string[]
    parameters?: Readonly<Record<string, string>>
  } = {},
): Promise<string> {
  await iam(
    server,
    'CreateRole',
    { RoleName: name, AssumeRolePolicyDocument: trustPolicy, ...parameters },
    account,
  )
  const document = JSON.stringify({ Version: '2012-10-17', Statement: allow(actions) })
  await iam(server, 'PutRolePolicy', { RoleName: name, PolicyName: 'p', PolicyDocument: document }, account)
  return roleArnOf(name, account)
}

export function stsOf(server: KeywardProcess, credentials: TestCredentials): STS {
  return new STS({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 })
}

interface WireCredentials {
  readonly AccessKeyId?: string | undefined
  readonly SecretAccessKey?: string | undefined
  readonly SessionToken?: string | undefined
}

export function fromWire(credentials: WireCredentials | undefined): Required<TestCredentials> {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = credentials ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

export async function assume(
  server: KeywardProcess,
  credentials: TestCredentials,
  input: Partial<AssumeRoleCommandInput> & { RoleArn: string },
): Promise<Required<TestCredentials>> {
  const { Credentials } = await stsOf(server, credentials).assumeRole({
    RoleSessionName: 'session',
    ...input,
  })
  return fromWire(Credentials)
}

export async function listKeys(server: KeywardProcess, credentials: TestCredentials): Promise<void> {
  const client = new KMSClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 })
  await client.send(new ListKeysCommand({}))
}

/** Asserts that what is tried is refused with this error of AWS's, and a text like this. */
export async function refused(
  attempt: Promise<unknown>,
  name: string,
  text?: RegExp | string,
): Promise<void> {
  const error = await attempt.then(
    () => assert.fail('it succeeded'),
    (thrown: Error) => thrown,
  )
  assert.equal(error.name, name, error.message)
  if (typeof text === 'string') assert.equal(error.message, text)
  else if (text !== undefined) assert.match(error.message, text)
}
