import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFile } from '../../../test/fixtures/keyward-process.ts'
import { issuerJwks } from '../../../test/fixtures/oidc-issuer.ts'
import { OperatorError } from '../../std/index.ts'
import { readIssuers } from './oidc-issuers.ts'

// The sign-in of the web console with an issuer. docs/sessions.md describes the members.

const [account, other] = ['111122223333', '444455556666']
const role = `arn:aws:iam::${account}:role/teams/Operators`
const signIn = {
  clientId: 'keyward-console',
  authorizationEndpoint: 'https://login.example.com/authorize?prompt=login',
  tokenEndpoint: 'https://login.example.com/token',
}
const issuer = {
  issuer: 'https://oidc.example.com/realm',
  audiences: ['sts.amazonaws.com', 'keyward-console'],
  accounts: [account],
  jwks: issuerJwks(),
}
const read = (console: unknown, change: object = {}) =>
  readIssuers(JSON.stringify([{ ...issuer, ...change, console }]))

test('the sign-in of the console is plain data, with defaults for scopes, name and roles', () => {
  const [plain] = readIssuers(JSON.stringify([issuer]))
  assert.equal(plain?.console, undefined)
  const [known] = read(signIn)
  const defaults = { scopes: ['openid'], name: 'oidc.example.com', roles: [] }
  assert.deepEqual(known?.console, { ...signIn, ...defaults })
  const chosen = { scopes: ['email', 'openid'], name: 'Büro – Anmeldung', roles: [role] }
  const [named] = read({ ...signIn, ...chosen })
  assert.deepEqual(JSON.parse(JSON.stringify(named?.console)), { ...signIn, ...chosen })
})

test('endpoints may be on loopback by http, and a URL without a path gets one', () => {
  for (const [written, url] of [
    ['http://127.0.0.1:8080/token', 'http://127.0.0.1:8080/token'],
    ['http://localhost/token', 'http://localhost/token'],
    ['https://login.example.com', 'https://login.example.com/'],
    ['https://login.example.com/a%3Bb?p=sign%2Cin', 'https://login.example.com/a%3Bb?p=sign%2Cin'],
  ] as const) {
    const [known] = read({ ...signIn, authorizationEndpoint: written, tokenEndpoint: written })
    assert.equal(known?.console?.authorizationEndpoint, url)
    assert.equal(known?.console?.tokenEndpoint, url)
  }
})

test('a browser may be sent to an IPv6 address on loopback', () => {
  const authorizationEndpoint = 'http://[::1]:8080/authorize'
  assert.equal(
    read({ ...signIn, authorizationEndpoint })[0]?.console?.authorizationEndpoint,
    authorizationEndpoint,
  )
})

test('the roles of an issuer for all accounts can be in any account', () => {
  const roles = [role, `arn:aws:iam::${other}:role/Operators`]
  const [known] = read({ ...signIn, roles }, { accounts: undefined })
  assert.deepEqual(known?.console?.roles, roles)
})

/** Each wrong sign-in, the place that its error names, and the text. */
const refused: Readonly<Record<string, readonly [console: unknown, place: string, says: RegExp]>> = {
  'a text': ['https://login.example.com', '', /must be a mapping/],
  'nothing in it': [{}, '', /has no clientId/],
  'an unknown member': [{ ...signIn, secret: 'x' }, '.secret', /is not a setting here/],
  'no authorization endpoint': [
    { ...signIn, authorizationEndpoint: undefined },
    '',
    /has no authorizationEndpoint/,
  ],
  'no token endpoint': [{ ...signIn, tokenEndpoint: undefined }, '', /has no tokenEndpoint/],
  'a client that is no audience': [
    { ...signIn, clientId: 'other' },
    '.clientId',
    /must be one of the audiences/,
  ],
  'http to another host': [
    { ...signIn, authorizationEndpoint: 'http://login.example.com/a' },
    '.authorizationEndpoint',
    /must be an https URL/,
  ],
  'a token endpoint by http': [
    { ...signIn, tokenEndpoint: 'http://127.0.0.1.example.com/t' },
    '.tokenEndpoint',
    /must be an https URL/,
  ],
  'a script': [
    { ...signIn, authorizationEndpoint: 'javascript:alert(1)' },
    '.authorizationEndpoint',
    /must be an https URL/,
  ],
  'no URL': [{ ...signIn, tokenEndpoint: 'login.example.com' }, '.tokenEndpoint', /must be an https URL/],
  'a password': [
    { ...signIn, tokenEndpoint: 'https://a:b@login.example.com/t' },
    '.tokenEndpoint',
    /no user and no password/,
  ],
  'a fragment': [
    { ...signIn, authorizationEndpoint: 'https://login.example.com/a#x' },
    '.authorizationEndpoint',
    /no fragment/,
  ],
  'a second directive of the policy': [
    { ...signIn, tokenEndpoint: "https://login.example.com/t;script-src 'unsafe-inline'" },
    '.tokenEndpoint',
    /no ; or ,/,
  ],
  'a second policy': [
    { ...signIn, tokenEndpoint: 'https://login.example.com/t,x' },
    '.tokenEndpoint',
    /no ; or ,/,
  ],
  'a second source': [
    { ...signIn, tokenEndpoint: 'https://login.example.com/t https://evil.example.com/' },
    '.tokenEndpoint',
    /must be written as browsers write it: https:\/\/login\.example\.com\/t%20https/,
  ],
  'a line end': [
    { ...signIn, tokenEndpoint: 'https://login.example.com/t\n' },
    '.tokenEndpoint',
    /must be written as browsers write it/,
  ],
  'a wildcard': [
    { ...signIn, tokenEndpoint: 'https://*.example.com/t' },
    '.tokenEndpoint',
    /a host of letters/,
  ],
  'a token endpoint at an IPv6 address': [
    { ...signIn, tokenEndpoint: 'http://[::1]:8080/t' },
    '.tokenEndpoint',
    /a host of letters/,
  ],
  'a long URL': [
    { ...signIn, tokenEndpoint: `https://login.example.com/${'a'.repeat(2048)}` },
    '.tokenEndpoint',
    /at most 2048/,
  ],
  'scopes without openid': [{ ...signIn, scopes: ['email'] }, '.scopes', /must have openid/],
  'no scopes': [{ ...signIn, scopes: [] }, '.scopes', /must have openid/],
  'a scope with a space': [{ ...signIn, scopes: ['openid email'] }, '.scopes[1]', /is no scope/],
  'a scope twice': [{ ...signIn, scopes: ['openid', 'openid'] }, '.scopes[2]', /twice/],
  'many scopes': [
    { ...signIn, scopes: Array.from({ length: 21 }, (_, index) => `s${index}`) },
    '.scopes',
    /at most 20/,
  ],
  'an empty name': [{ ...signIn, name: '' }, '.name', /1 to 64 characters/],
  'a long name': [{ ...signIn, name: 'a'.repeat(65) }, '.name', /1 to 64 characters/],
  'a name that turns': [{ ...signIn, name: 'a\u202eb' }, '.name', /on one line/],
  'a name of two lines': [{ ...signIn, name: 'a\nb' }, '.name', /on one line/],
  'a user': [
    { ...signIn, roles: [role, `arn:aws:iam::${account}:user/ann`] },
    '.roles[2]',
    /the ARN of a role/,
  ],
  'a session': [
    { ...signIn, roles: [`arn:aws:sts::${account}:assumed-role/Operators/x`] },
    '.roles[1]',
    /the ARN of a role/,
  ],
  'a role without a name': [
    { ...signIn, roles: [`arn:aws:iam::${account}:role/teams/`] },
    '.roles[1]',
    /the ARN of a role/,
  ],
  'a role of another service': [
    { ...signIn, roles: [`arn:aws:s3::${account}:role/Operators`] },
    '.roles[1]',
    /the ARN of a role/,
  ],
  // All ARNs of IAM are in the partition aws here.
  'a role of another partition': [
    { ...signIn, roles: [role.replace('aws', 'aws-cn')] },
    '.roles[1]',
    /the ARN of a role/,
  ],
  'a role by its name': [{ ...signIn, roles: ['Operators'] }, '.roles[1]', /the ARN of a role/],
  'a role of an account that is not allowed': [
    { ...signIn, roles: [`arn:aws:iam::${other}:role/Operators`] },
    '.roles[1]',
    /is in an account that is not among/,
  ],
  'a role twice': [{ ...signIn, roles: [role, role] }, '.roles[2]', /twice/],
}

for (const [name, [console, place, says]] of Object.entries(refused)) {
  test(`a sign-in with ${name} is refused with its place`, () => {
    assert.throws(
      () => read(console),
      (error: unknown) => {
        assert.ok(error instanceof OperatorError)
        assert.match(error.message, says)
        assert.ok(error.message.startsWith(`oidc-issuers:1: [1].console${place} `), error.message)
        return true
      },
    )
  })
}

test('an error has the line of a file', () => {
  const path = temporaryFile(
    'issuers.yaml',
    [
      ...[
        '- issuer: https://oidc.example.com',
        '  audiences: [a]',
        `  jwks: ${JSON.stringify(issuerJwks())}`,
      ],
      ...['  console:', '    clientId: a', '    authorizationEndpoint: https://a.example'],
      '    tokenEndpoint: http://a.example',
    ].join('\n'),
  )
  assert.throws(() => readIssuers(path), {
    message: new RegExp(`^${path}:7: \\[1\\]\\.console\\.tokenEndpoint `),
  })
})
