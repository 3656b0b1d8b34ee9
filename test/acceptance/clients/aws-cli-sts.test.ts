import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { TestCredentials } from '../../fixtures/clients.ts'
import { type KeywardProcess, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { issuerJwks, issuerKeys, signToken } from '../../fixtures/oidc-issuer.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import { fromWire, home, makeRole, roleArnOf, startStsWorld, trust } from '../../fixtures/sts-world.ts'

const run = promisify(execFile)
const isAbsent = spawnSync('aws', ['--version']).status !== 0
const skip = isAbsent ? 'aws was not found on the PATH' : false

const issuer = 'https://oidc.example.com'
const federated = `arn:aws:iam::${home}:oidc-provider/oidc.example.com`

describe('the AWS CLI', { skip }, () => {
  let server: KeywardProcess
  const directory = temporaryDirectory()

  before(async () => {
    const issuers = [{ issuer, audiences: ['sts.amazonaws.com'], jwks: issuerJwks() }]
    server = await startStsWorld({ KEYWARD_OIDC_ISSUERS: JSON.stringify(issuers) })
    await makeRole(server, 'cli', trust({ AWS: home }))
    await makeRole(server, 'users-only', trust({ AWS: home }))
    await makeRole(server, 'pod', trust({ Federated: federated }, {}, 'sts:AssumeRoleWithWebIdentity'))
  })
  after(() => server.stop())

  /** Runs `aws` with these variables; the files of whoever runs the tests are not read. */
  async function aws(environment: Readonly<Record<string, string>>, ...args: string[]) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
    const { stdout } = await run('aws', [...args, '--output', 'json'], {
      env: {
        ...Object.fromEntries(inherited),
        // Where it keeps the credentials of roles that it has assumed.
        HOME: directory,
        AWS_CONFIG_FILE: join(directory, 'config'),
        AWS_SHARED_CREDENTIALS_FILE: join(directory, 'none'),
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_PAGER: '',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: server.url,
        ...environment,
      },
    })
    return JSON.parse(stdout) as Record<string, unknown>
  }

  const variables = ({ accessKeyId, secretAccessKey, sessionToken }: TestCredentials) => ({
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  })
  const asker = variables(credentialsOf('asker'))
  const assumeRole = ['sts', 'assume-role', '--role-arn', roleArnOf('cli'), '--role-session-name', 'shell']

  test('assumes a role, and may do with it what the role may', async () => {
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
    writeFileSync(join(directory, 'config'), config)
    assert.deepEqual(await aws(asker, 'kms', 'list-keys', '--profile', 'work'), { Keys: [] })
  })

  test('logs in with the token of a file, as pods do', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    const claims = { iss: issuer, sub: 'pod', aud: 'sts.amazonaws.com', iat: seconds, exp: seconds + 600 }
    const path = join(directory, 'token')
    writeFileSync(path, signToken({ alg: 'ES256', kid: 'p256' }, claims, issuerKeys.p256))
    const pod = { AWS_ROLE_ARN: roleArnOf('pod'), AWS_WEB_IDENTITY_TOKEN_FILE: path }
    assert.deepEqual(await aws(pod, 'kms', 'list-keys'), { Keys: [] })
    await assert.rejects(
      aws({ ...pod, AWS_ROLE_ARN: roleArnOf('users-only') }, 'kms', 'list-keys'),
      /AccessDenied/,
    )
  })
})
