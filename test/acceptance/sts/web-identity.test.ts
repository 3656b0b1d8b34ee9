import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type KeywardProcess, readAuditRecords } from '../../fixtures/keyward-process.ts'
import {
  base64Json,
  issuerJwks,
  issuerKeys,
  type JwksServer,
  macToken,
  publicJwk,
  signToken,
  startJwksServer,
} from '../../fixtures/oidc-issuer.ts'
import { callUnsigned } from '../../fixtures/query-call.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import {
  assume,
  elsewhere,
  fromWire,
  home,
  listKeys,
  makeRole,
  refused,
  roleArnOf,
  startStsWorld,
  stsOf,
  trust,
} from '../../fixtures/worlds/sts.ts'

const host = 'oidc.example.com/cluster/7'
const issuer = `https://${host}`
const audience = 'sts.amazonaws.com'
const subject = 'system:serviceaccount:team:app'
const provider = `arn:aws:iam::${home}:oidc-provider/${host}`
const action = 'sts:AssumeRoleWithWebIdentity'

let server: KeywardProcess
let jwks: JwksServer
let role: string
before(async () => {
  jwks = await startJwksServer()
  const KEYWARD_OIDC_ISSUERS = JSON.stringify([
    { issuer, audiences: [audience, 'other-client'], jwks: issuerJwks() },
    { issuer: 'https://fetched.example.com', audiences: [audience], jwks: jwks.url },
    { issuer: 'https://unreachable.example.com', audiences: [audience], jwks: 'http://127.0.0.1:9/keys' },
    { issuer: 'https://far.example.com', audiences: [audience], accounts: [elsewhere], jwks: issuerJwks() },
  ])
  server = await startStsWorld({ KEYWARD_OIDC_ISSUERS, KEYWARD_OUTBOUND: '127.0.0.1' })
  const condition = { Condition: { StringEquals: { [`${host}:aud`]: audience, [`${host}:sub`]: subject } } }
  const parameters = { MaxSessionDuration: '43200' }
  role = await makeRole(server, 'pod', trust({ Federated: provider }, condition, action), { parameters })
})
after(async () => {
  jwks.close()
  await server.stop()
})

const now = () => Math.floor(Date.now() / 1000)
const claimsOf = (more: object = {}) => ({
  iss: issuer,
  sub: subject,
  aud: audience,
  iat: now(),
  exp: now() + 600,
  ...more,
})
const header = { alg: 'RS256', kid: 'rsa', typ: 'JWT' }
const token = (more: object = {}, head: object = {}) =>
  signToken({ ...header, ...head }, claimsOf(more), issuerKeys.rsa)

function login(WebIdentityToken: string, more: object = {}) {
  const sts = stsOf(server, { accessKeyId: 'none', secretAccessKey: 'none' })
  return sts.assumeRoleWithWebIdentity({ RoleArn: role, RoleSessionName: 'pod-1', WebIdentityToken, ...more })
}

const isInvalid = (text: string, message?: RegExp | string) =>
  refused(login(text), 'InvalidIdentityTokenException', message)

describe('a token of a configured issuer', () => {
  test('gives a session of a role that trusts it', async () => {
    const answer = await login(token())
    assert.equal(answer.SubjectFromWebIdentityToken, subject)
    assert.equal(answer.Audience, audience)
    assert.equal(answer.Provider, provider)
    assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::${home}:assumed-role/pod/pod-1`)
    await listKeys(server, fromWire(answer.Credentials))
    await login(token(), { DurationSeconds: 43_200 }) // no role chaining
  })

  test('may be signed in each of these ways', async () => {
    const ways = [
      ['RS256', 'rsa'],
      ['RS384', 'rsa'],
      ['RS512', 'rsa'],
      ['PS256', 'rsa'],
      ['ES256', 'p256'],
      ['ES384', 'p384'],
      ['ES512', 'p521'],
      ['EdDSA', 'ed25519'],
    ] as const
    for (const [alg, kid] of ways) await login(signToken({ alg, kid }, claimsOf(), issuerKeys[kid]))
  })

  test('needs no signature of the request', async () => {
    const parameters = { RoleArn: role, RoleSessionName: 'bare', WebIdentityToken: token() }
    const answer = await callUnsigned(server, 'sts', 'AssumeRoleWithWebIdentity', parameters)
    assert.equal(answer.status, 200, answer.text)
    const other = await callUnsigned(server, 'sts', 'GetCallerIdentity', parameters)
    assert.deepEqual([other.status, other.find('Code')], [403, 'MissingAuthenticationToken'])
  })

  test('gives no session of a role that does not trust its subject, its audience or its issuer', async () => {
    const text = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'
    const denied = (attempt: Promise<unknown>) => refused(attempt, 'AccessDenied', text)
    await denied(login(token({ sub: 'system:serviceaccount:team:other' })))
    await denied(login(token({ aud: 'other-client' })))
    await denied(login(token({ azp: 'other-client' })))
    await denied(login(token(), { RoleArn: roleArnOf('there-is-none') }))
    const users = await makeRole(server, 'for-users', trust({ AWS: home }, {}, action))
    await denied(login(token(), { RoleArn: users }))
    for (const Federated of [
      `arn:aws:iam::${elsewhere}:oidc-provider/${host}`,
      `arn:aws:iam::${home}:oidc-provider/${host}8`,
      `arn:aws:iam::${home}:oidc-provider/oidc.example.com`,
    ]) {
      const name = `federated-${Buffer.from(Federated).toString('hex').slice(-20)}-${Federated.length}`
      const other = await makeRole(server, name, trust({ Federated }, {}, action))
      await denied(login(token(), { RoleArn: other }))
    }
    const signed = await makeRole(server, 'not-by-users', trust({ Federated: provider }, {}, action))
    await refused(assume(server, credentialsOf('asker'), { RoleArn: signed }), 'AccessDenied')
  })

  test('has the authentication methods of its user, which conditions can require', async () => {
    const condition = { Condition: { 'ForAnyValue:StringEquals': { [`${host}:amr`]: 'mfa' } } }
    const strict = await makeRole(server, 'mfa-only', trust({ Federated: provider }, condition, action))
    await login(token({ amr: ['pwd', 'mfa'] }), { RoleArn: strict })
    await refused(login(token({ amr: ['pwd'] }), { RoleArn: strict }), 'AccessDenied')
    await refused(login(token(), { RoleArn: strict }), 'AccessDenied')
  })

  test('may have session tags and a source identity, if the role allows them', async () => {
    const more = {
      'https://aws.amazon.com/tags': { principal_tags: { team: ['blue'] }, transitive_tag_keys: ['team'] },
      'https://aws.amazon.com/source_identity': 'alice',
    }
    await refused(login(token(more)), 'AccessDenied', 'Not authorized to perform sts:TagSession')
    const actions = [action, 'sts:TagSession', 'sts:SetSourceIdentity']
    const condition = {
      Condition: { StringEquals: { 'aws:RequestTag/team': 'blue', 'sts:SourceIdentity': 'alice' } },
    }
    const open = await makeRole(server, 'tagging', trust({ Federated: provider }, condition, actions))
    const answer = await login(token(more), { RoleArn: open })
    assert.equal(answer.SourceIdentity, 'alice')
    await listKeys(server, fromWire(answer.Credentials))
    for (const [name, value] of [
      ['tags', { principal_tags: { team: ['blue', 'red'] } }],
      ['tags', { principal_tags: { team: 'x'.repeat(257) } }],
      ['tags', { principal_tags: { 'te{am': 'blue' } }],
      ['tags', { principal_tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'x'])) }],
      ['tags', { principal_tags: [] }],
      ['tags', 'team'],
      ['source_identity', 'x'],
      ['source_identity', 'with space'],
      ['source_identity', ['alice']],
    ] as const) {
      await isInvalid(token({ [`https://aws.amazon.com/${name}`]: value }))
    }
  })
})

describe('a token is refused', () => {
  test('that has expired, or is not valid yet', async () => {
    await refused(
      login(token({ iat: now() - 900, exp: now() - 1 })),
      'ExpiredTokenException',
      /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
    )
    await isInvalid(token({ nbf: now() + 3600 }))
    await isInvalid(token({ iat: now() + 3600, exp: now() + 7200 }))
  })

  test('that lacks a claim, or has a claim of a wrong type', async () => {
    for (const name of ['exp', 'iat', 'sub', 'aud']) {
      await isInvalid(token({ [name]: undefined }), `Missing a required claim: ${name}`)
    }
    for (const more of [
      { exp: 'soon' },
      { exp: `${now() + 600}` },
      { sub: 7 },
      { sub: '' },
      { sub: 'x'.repeat(256) },
    ]) {
      await isInvalid(token(more))
    }
    await isInvalid(token({ aud: [audience, 7] }))
    await isInvalid(token({ aud: 'somebody-else' }), 'Incorrect token audience')
    await isInvalid(token({ aud: [] }), 'Missing a required claim: aud')
  })

  test('of an issuer that is not configured, or not for the account', async () => {
    for (const iss of [
      'https://evil.example.com',
      `${issuer}/`,
      issuer.toUpperCase(),
      'http://oidc.example.com/cluster/7',
    ]) {
      await isInvalid(token({ iss }), `No OpenIDConnect provider found in your account for ${iss}`)
    }
    await isInvalid(token({ iss: 'https://far.example.com' }), /^No OpenIDConnect provider found/)
    for (const iss of [undefined, 7, {}, 'with space', 'x'.repeat(300)]) {
      await isInvalid(token({ iss }), 'No OpenIDConnect provider found in your account for its issuer')
    }
  })

  test('that is not signed with the keys of its issuer', async () => {
    const claims = claimsOf()
    const pem = createPublicKey(issuerKeys.rsa).export({ format: 'pem', type: 'spki' })
    const der = createPublicKey(issuerKeys.rsa).export({ format: 'der', type: 'spki' })
    const modulus = String(publicJwk(issuerKeys.rsa)['n'])
    const [head = '', body = '', signature = ''] = token().split('.')
    const forged = [
      `${base64Json({ alg: 'none' })}.${base64Json(claims)}.`,
      `${base64Json({ alg: 'None', kid: 'rsa' })}.${base64Json(claims)}.${signature}`,
      `${head}.${base64Json({ ...claims, sub: 'system:serviceaccount:team:admin' })}.${signature}`,
      `${base64Json({ ...header, alg: 'RS384' })}.${body}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${head}.${body}.${signature}.${signature}`,
      `${head}=.${body}.${signature}`,
      `${head}.${body}.${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`,
      ...[pem, der, modulus].flatMap(secret =>
        ['HS256', 'RS256'].map(alg => macToken({ alg, kid: 'rsa' }, claims, secret)),
      ),
      signToken({ alg: 'RS256', kid: 'p256' }, claims, issuerKeys.rsa),
      signToken({ alg: 'ES256', kid: 'rsa' }, claims, issuerKeys.p256),
      signToken({ alg: 'ES384', kid: 'p256' }, claims, issuerKeys.p256),
      signToken({ alg: 'RS256', kid: 'unknown' }, claims, issuerKeys.rsa),
      signToken({ alg: 'PS512', kid: 'rsa' }, claims, issuerKeys.rsa),
      signToken({ ...header, crit: ['exp'] }, claims, issuerKeys.rsa),
      signToken({ ...header, b64: false, crit: ['b64'] }, claims, issuerKeys.rsa),
      'not a token',
      'a.b.c',
      `${base64Json([])}.${base64Json([])}.${signature}`,
      `${base64Json(header)}.${Buffer.from('{"iss":').toString('base64url')}.${signature}`,
      `${base64Json(header)}.${Buffer.from([0xff, 0xfe]).toString('base64url')}.${signature}`,
    ]
    for (const text of forged) await isInvalid(text)
  })

  test('that brings its own keys', async () => {
    const own = issuerKeys.p384
    const jwk = publicJwk(own, { kid: 'mine' })
    for (const more of [{ jwk }, { jku: jwks.url }, { x5u: jwks.url }, { kid: '../rsa' }, { kid: 7 }]) {
      await isInvalid(signToken({ alg: 'ES384', kid: 'mine', ...more }, claimsOf(), own))
    }
    assert.equal(jwks.requests, 0)
  })

  test('that is longer or shorter than the model of AWS allows', async () => {
    await refused(
      login(token({ padding: 'x'.repeat(20_000) })),
      'ValidationError',
      /^1 validation error detected: Value at 'webIdentityToken'/,
    )
    await refused(login('abc'), 'ValidationError')
    await refused(login(token(), { RoleArn: `arn:aws:iam::${home}:user/asker` }), 'ValidationError')
  })
})

describe('keys that are fetched', () => {
  const iss = 'https://fetched.example.com'
  const fetched = (kid: string, key = issuerKeys.p256) =>
    signToken({ alg: 'ES256', kid }, claimsOf({ iss }), key)
  let trusting: string
  before(async () => {
    const Federated = `arn:aws:iam::${home}:oidc-provider/fetched.example.com`
    trusting = await makeRole(server, 'fetching', trust({ Federated }, {}, action))
  })

  test('are fetched once', async () => {
    const [first] = await Promise.all(
      Array.from({ length: 5 }, () => login(fetched('p256'), { RoleArn: trusting })),
    )
    assert.ok(first?.Credentials)
    await login(fetched('p256'), { RoleArn: trusting })
    assert.equal(jwks.requests, 1)
    // A token of an unknown key makes the server fetch the keys again, but not every time.
    for (let i = 0; i < 5; i++) {
      await refused(login(fetched(`unknown-${i}`), { RoleArn: trusting }), 'InvalidIdentityTokenException')
    }
    assert.ok(jwks.requests <= 2, `${jwks.requests}`)
  })

  test('that are not available: IDPCommunicationError', async () => {
    const text = signToken(header, claimsOf({ iss: 'https://unreachable.example.com' }), issuerKeys.rsa)
    await refused(login(text), 'IDPCommunicationErrorException')
  })
})

test('audit records name the subject and its provider, and have no token', async () => {
  const text = token()
  const { Credentials } = await login(text, { RoleSessionName: 'audited' })
  await listKeys(server, fromWire(Credentials))
  const records = readAuditRecords(server.dataDirectory)
  assert.ok(!JSON.stringify(records).includes(text.split('.')[2] ?? ''))
  const made = records.findLast(({ eventName }) => eventName === 'AssumeRoleWithWebIdentity')
  assert.deepEqual(made?.['userIdentity'], {
    type: 'WebIdentityUser',
    principalId: `${provider}:${audience}:${subject}`,
    userName: subject,
    identityProvider: provider,
  })
  assert.deepEqual(made?.['requestParameters'], { roleArn: role, roleSessionName: 'audited' })
  const used = records.findLast(({ eventName }) => eventName === 'ListKeys')
  const { webIdFederationData } =
    (used?.['userIdentity'] as Record<string, Record<string, unknown>>)?.['sessionContext'] ?? {}
  assert.deepEqual(webIdFederationData, { federatedProvider: provider, attributes: {} })
})
