import { IAM } from '@aws-sdk/client-iam'
import { STS } from '@aws-sdk/client-sts'
import type { TestCredentials } from './clients.ts'
import { type KeywardProcess, startKeyward } from './keyward-process.ts'
import { allow, credentialsOf, seedAccessKey, seedUser, writeSeed } from './seed.ts'

export const account = '111111111111'
export const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`
export const rootArn = `arn:aws:iam::${account}:root`
export const roleArn = `arn:aws:iam::${account}:role/team/worker`
export const sessionArn = (name: string) => `arn:aws:sts::${account}:assumed-role/worker/${name}`

/** Principals of every kind in one account, made through IAM and STS. */
export interface Principals {
  readonly admin: TestCredentials
  readonly root: TestCredentials
  /** A user of the team blue. */
  readonly user: TestCredentials
  /** The same user's session. */
  readonly userSession: TestCredentials
  /** A session of the role `team/worker`, which is of the team red, named by its source `mallory`. */
  readonly session: TestCredentials
  /** Another one, with the session tag of the team green. */
  readonly tagged: TestCredentials
  readonly federated: TestCredentials
  readonly iam: IAM
  readonly sts: STS
}

export async function startPrincipalsWorld(): Promise<{ server: KeywardProcess; principals: Principals }> {
  const seed = {
    accounts: [
      {
        id: account,
        root: { accessKeys: [seedAccessKey('root')] },
        users: [
          seedUser('admin', allow('*')),
          seedUser('user', allow('sts:*')),
          seedUser('federator', allow(['sts:*', 'kms:*'])),
        ],
      },
    ],
  }
  const server = await startKeyward({ flags: ['--seed', writeSeed(seed)] })
  const options = { endpoint: server.url, region: 'us-east-1', maxAttempts: 1 }
  const stsOf = (name: string) => new STS({ ...options, credentials: credentialsOf(name) })
  const iam = new IAM({ ...options, credentials: credentialsOf('admin') })
  await iam.tagUser({ UserName: 'user', Tags: [{ Key: 'team', Value: 'blue' }] })
  await iam.createRole({
    RoleName: 'worker',
    Path: '/team/',
    Tags: [{ Key: 'team', Value: 'red' }],
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: rootArn },
        Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      },
    }),
  })
  const assume = async (RoleSessionName: string, more: object = {}) =>
    credentialsIn(await stsOf('user').assumeRole({ RoleArn: roleArn, RoleSessionName, ...more }))
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: allow('kms:*') })
  const principals = {
    admin: credentialsOf('admin'),
    root: credentialsOf('root'),
    user: credentialsOf('user'),
    userSession: credentialsIn(await stsOf('user').getSessionToken({})),
    session: await assume('plain', { SourceIdentity: 'mallory' }),
    tagged: await assume('tagged', { Tags: [{ Key: 'team', Value: 'green' }] }),
    federated: credentialsIn(await stsOf('federator').getFederationToken({ Name: 'guest', Policy })),
    iam,
    sts: stsOf('user'),
  }
  return { server, principals }
}

export function credentialsIn({
  Credentials: found,
}: {
  Credentials?:
    | {
        AccessKeyId: string | undefined
        SecretAccessKey: string | undefined
        SessionToken: string | undefined
      }
    | undefined
}): TestCredentials {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = found ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}
