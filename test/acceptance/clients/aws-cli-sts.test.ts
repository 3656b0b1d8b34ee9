import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { TestCredentials } from '../../fixtures/clients.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { issuerJwks, issuerKeys, signToken } from '../../fixtures/oidc-issuer.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import { fromWire, home, makeRole, roleArnOf, startStsWorld, trust } from '../../fixtures/worlds/sts.ts'
import { cliDirectory, runAwsCli, skipWithoutAwsCli } from './aws-cli.ts'

const issuer = 'https://oidc.example.com'
const federated = `arn:aws:iam::${home}:oidc-provider/oidc.example.com`

describe('the AWS CLI', { skip: skipWithoutAwsCli }, () => {
  let server: KeywardProcess

  before(async () => {
    const issuers = [{ issuer, audiences: ['sts.amazonaws.com'], jwks: issuerJwks() }]
    server = await startStsWorld({ KEYWARD_OIDC_ISSUERS: JSON.stringify(issuers) })
    await makeRole(server, 'cli', trust({ AWS: home }))
    await makeRole(server, 'users-only', trust({ AWS: home }))
    await makeRole(server, 'pod', trust({ Federated: federated }, {}, 'sts:AssumeRoleWithWebIdentity'))
  })
  after(() => server.stop())

  const aws = (environment: Readonly<Record<string, string>>, ...args: string[]) =>
    runAwsCli(args, {
      environment: {
        // The CLI keeps the credentials of the roles that it has assumed in the home directory.
        HOME: cliDirectory,
        AWS_SHARED_CREDENTIALS_FILE: join(cliDirectory, 'credentials'),
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: server.url,
        ...environment,
      },
    })

  const variables = ({ accessKeyId, secretAccessKey, sessionToken }: TestCredentials) => ({
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  })
  const asker = variables(credentialsOf('asker'))
  const assumeRole = ['sts', 'assume-role', '--role-arn', roleArnOf('cli'), '--role-session-name', 'shell']

  test('assumes a role, and may do what the role may', async () => {
    const answer = await aws(asker, ...assumeRole)
    const session = variables(fromWire(answer['Credentials'] as Parameters<typeof fromWire>[0]))
    assert.deepEqual(await aws(session, 'kms', 'list-keys'), { Keys: [] })
    await assert.rejects(
      aws(session, 'kms', 'create-key'),
      /AccessDeniedException.*assumed-role\/cli\/shell/s,
    )
    const { Arn } = await aws(session, 'sts', 'get-caller-identity')
    assert.equal(Arn, `arn:aws:sts::${home}:assumed-role/cli/shell`)
    await assert.rejects(aws(asker, 'kms', 'list-keys'), /AccessDeniedException/)
    await assert.rejects(
      aws(variables(credentialsOf('nobody')), ...assumeRole),
      /\(AccessDenied\).*sts:AssumeRole/s,
    )
  })

  test('assumes the role of a profile by itself', async () => {
    const config = `[profile work]\nrole_arn = ${roleArnOf('cli')}\ncredential_source = Environment\n`
    writeFileSync(join(cliDirectory, 'config'), config)
    assert.deepEqual(await aws(asker, 'kms', 'list-keys', '--profile', 'work'), { Keys: [] })
  })

  test('logs in with a token from a file, as pods do', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    const claims = { iss: issuer, sub: 'pod', aud: 'sts.amazonaws.com', iat: seconds, exp: seconds + 600 }
    const path = join(cliDirectory, 'token')
    writeFileSync(path, signToken({ alg: 'ES256', kid: 'p256' }, claims, issuerKeys.p256))
    const pod = { AWS_ROLE_ARN: roleArnOf('pod'), AWS_WEB_IDENTITY_TOKEN_FILE: path }
    assert.deepEqual(await aws(pod, 'kms', 'list-keys'), { Keys: [] })
    await assert.rejects(
      aws({ ...pod, AWS_ROLE_ARN: roleArnOf('users-only') }, 'kms', 'list-keys'),
      /AccessDenied/,
    )
  })
})
