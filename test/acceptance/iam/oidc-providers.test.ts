import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { callQuery, iamClient, iamForm, isRefused } from '../../fixtures/iam-caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { issuerJwks, issuerKeys, signToken } from '../../fixtures/oidc-issuer.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import { elsewhere, home, makeRole, refused, startStsWorld, stsOf, trust } from '../../fixtures/worlds/sts.ts'

// OpenID Connect providers as entities of IAM, as Terraform makes them, and what they mean for tokens. The texts were
// recorded from AWS (LocalStack's recordings of February 2026, tests/aws/services/iam/test_iam_oidc.snapshot.json).

const configured = 'oidc.example.com/id/1'
const audience = 'sts.amazonaws.com'
let keyward: KeywardProcess
let iam: IAM
before(async () => {
  const issuers = [{ issuer: `https://${configured}`, audiences: [audience, 'app'], jwks: issuerJwks() }]
  keyward = await startStsWorld({ KEYWARD_OIDC_ISSUERS: JSON.stringify(issuers) })
  iam = iamClient(keyward, { credentials: credentialsOf('homeadmin') })
})
after(() => keyward.stop())

const arnOf = (host: string, account = home) => `arn:aws:iam::${account}:oidc-provider/${host}`
const thumbprint = (letter: string) => letter.repeat(40)

test('a provider is created, described, changed, listed and deleted', async () => {
  const Url = 'https://token.example.com/path'
  const ThumbprintList = [thumbprint('b')]
  const made = await iam.createOpenIDConnectProvider({ Url, ThumbprintList, ClientIDList: ['z', 'a', 'z'] })
  const OpenIDConnectProviderArn = arnOf('token.example.com/path')
  assert.deepEqual([made.OpenIDConnectProviderArn, made.Tags], [OpenIDConnectProviderArn, undefined])
  const get = async () => {
    const {
      $metadata: _,
      CreateDate,
      ...rest
    } = await iam.getOpenIDConnectProvider({
      OpenIDConnectProviderArn,
    })
    assert.ok(CreateDate instanceof Date)
    return rest
  }
  const described = { Url: 'token.example.com/path', ClientIDList: ['z', 'a'], ThumbprintList, Tags: [] }
  assert.deepEqual(await get(), described)
  const ClientID = 'new'
  for (const _ of [1, 2]) {
    await iam.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID })
  }
  for (const _ of [1, 2]) {
    await iam.removeClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID: 'z' })
  }
  const changed = [thumbprint('c'), thumbprint('d')]
  await iam.updateOpenIDConnectProviderThumbprint({ OpenIDConnectProviderArn, ThumbprintList: changed })
  assert.deepEqual(await get(), { ...described, ClientIDList: ['a', 'new'], ThumbprintList: changed })
  await iam.createOpenIDConnectProvider({ Url: 'https://another.example.com' })
  const { OpenIDConnectProviderList } = await iam.listOpenIDConnectProviders()
  assert.deepEqual(OpenIDConnectProviderList, [
    { Arn: arnOf('another.example.com') },
    { Arn: OpenIDConnectProviderArn },
  ])
  assert.equal((await iam.getAccountSummary()).SummaryMap?.Providers, 2)
  await isRefused(
    iam.createOpenIDConnectProvider({ Url }),
    'EntityAlreadyExists',
    409,
    `Provider with url ${Url} already exists.`,
  )
  await iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn })
  const again = iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn })
  const notThere = `OpenId connect Provider ${OpenIDConnectProviderArn} cannot be found.`
  await isRefused(again, 'NoSuchEntity', 404, notThere)
  const notFound = `OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`
  const gone = { OpenIDConnectProviderArn }
  for (const call of [
    () => iam.getOpenIDConnectProvider(gone),
    () => iam.addClientIDToOpenIDConnectProvider({ ...gone, ClientID }),
    () => iam.removeClientIDFromOpenIDConnectProvider({ ...gone, ClientID }),
    () => iam.updateOpenIDConnectProviderThumbprint({ ...gone, ThumbprintList }),
    () => iam.tagOpenIDConnectProvider({ ...gone, Tags: [{ Key: 'a', Value: 'b' }] }),
    () => iam.untagOpenIDConnectProvider({ ...gone, TagKeys: ['a'] }),
    () => iam.listOpenIDConnectProviderTags(gone),
  ]) {
    await isRefused(call(), 'NoSuchEntity', 404, notFound)
  }
})

test('tags of a provider keep their case, and are listed in pages', async () => {
  const Tags = [{ Key: 'k1', Value: 'v1' }]
  const made = await iam.createOpenIDConnectProvider({ Url: 'https://tagged.example.com', Tags })
  assert.deepEqual(made.Tags, Tags)
  const OpenIDConnectProviderArn = made.OpenIDConnectProviderArn ?? ''
  await iam.tagOpenIDConnectProvider({ OpenIDConnectProviderArn, Tags: [{ Key: 'K1', Value: 'V1' }] })
  const first = await iam.listOpenIDConnectProviderTags({ OpenIDConnectProviderArn, MaxItems: 1 })
  assert.deepEqual([first.Tags, first.IsTruncated], [[{ Key: 'K1', Value: 'V1' }], true])
  const next = { OpenIDConnectProviderArn, Marker: first.Marker }
  assert.deepEqual((await iam.listOpenIDConnectProviderTags(next)).Tags, Tags)
  await iam.untagOpenIDConnectProvider({ OpenIDConnectProviderArn, TagKeys: ['K1'] })
  assert.deepEqual((await iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn })).Tags, Tags)
})

test('a provider with wrong values is refused in the words of AWS', async () => {
  const Url = 'https://wrong.example.com'
  const notUrl = 'Invalid Open ID Connect Provider URL'
  for (const wrong of [
    'example.org',
    'http://example.org',
    'https://example.org/?a=b',
    'https://a@b.example',
  ]) {
    await isRefused(iam.createOpenIDConnectProvider({ Url: wrong }), 'ValidationError', 400, notUrl)
  }
  const ThumbprintList = [...'abcdef'].map(thumbprint)
  const six = iam.createOpenIDConnectProvider({ Url, ThumbprintList })
  await isRefused(six, 'InvalidInput', 400, 'Thumbprint list must contain fewer than 5 entries.')
  const ClientIDList = Array.from({ length: 101 }, (_, index) => `${index}`)
  const tooMany = iam.createOpenIDConnectProvider({ Url, ClientIDList })
  const quota = 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100'
  await isRefused(tooMany, 'LimitExceeded', 409, quota)
  const long = 'b'.repeat(256)
  const answer = await callQuery(
    keyward,
    iamForm('CreateOpenIDConnectProvider', {
      Url: long,
      'ThumbprintList.member.1': 'b'.repeat(41),
      'ClientIDList.member.1': long,
    }),
  )
  assert.match(
    answer.text,
    /<Message>3 validation errors detected: Value at &apos;clientIDList&apos; failed to satisfy constraint: Member must satisfy constraint: \[Member must have length less than or equal to 255, Member must have length greater than or equal to 1\]; Value at &apos;thumbprintList&apos; failed to satisfy constraint: Member must satisfy constraint: \[Member must have length less than or equal to 40, Member must have length greater than or equal to 40\]; Value at &apos;url&apos; failed to satisfy constraint: Member must have length less than or equal to 255<\/Message>/,
  )
  const foreign = arnOf('another.example.com', elsewhere)
  const isForeign = `OpenIDConnect Provider not found for arn ${foreign}`
  const call = iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn: foreign })
  await isRefused(call, 'NoSuchEntity', 404, isForeign)
})

test('tag keys that break a constraint are reported together (recorded from AWS)', async () => {
  const { text } = await callQuery(
    keyward,
    iamForm('UntagOpenIDConnectProvider', {
      OpenIDConnectProviderArn: arnOf('x.example.com'),
      'TagKeys.member.1': 'a'.repeat(129),
    }),
  )
  const expected =
    '<Message>1 validation error detected: Value at &apos;tagKeys&apos; failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]</Message>'
  assert.ok(text.includes(expected), text)
})

const action = 'sts:AssumeRoleWithWebIdentity'
const now = () => Math.floor(Date.now() / 1000)
const tokenOf = (host: string, aud: string) =>
  signToken(
    { alg: 'RS256', kid: 'rsa' },
    { iss: `https://${host}`, sub: 'me', aud, iat: now(), exp: now() + 600 },
    issuerKeys.rsa,
  )

async function login(RoleArn: string, host: string, aud = audience) {
  const sts = stsOf(keyward, { accessKeyId: 'none', secretAccessKey: 'none' })
  const WebIdentityToken = tokenOf(host, aud)
  return await sts.assumeRoleWithWebIdentity({ RoleArn, RoleSessionName: 'session', WebIdentityToken })
}

test('a provider in IAM makes no token count unless the configuration lists the issuer', async () => {
  const host = 'unlisted.example.com'
  await iam.createOpenIDConnectProvider({ Url: `https://${host}`, ClientIDList: [audience] })
  const role = await makeRole(keyward, 'unlisted', trust({ Federated: arnOf(host) }, {}, action))
  const none = `No OpenIDConnect provider found in your account for https://${host}`
  await refused(login(role, host), 'InvalidIdentityTokenException', none)
})

test('a provider in IAM narrows the audiences of the configuration, and never widens them', async () => {
  const role = await makeRole(keyward, 'listed', trust({ Federated: arnOf(configured) }, {}, action))
  await login(role, configured)
  const wrong = 'Incorrect token audience'
  const isWrong = (aud: string) =>
    refused(login(role, configured, aud), 'InvalidIdentityTokenException', wrong)
  const OpenIDConnectProviderArn = arnOf(configured)
  await iam.createOpenIDConnectProvider({ Url: `https://${configured}`, ClientIDList: ['app', 'more'] })
  await isWrong(audience)
  await isWrong('more')
  await login(role, configured, 'app')
  await iam.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID: audience })
  await login(role, configured)
  await iam.createOpenIDConnectProvider({ Url: `https://${configured}/`, ClientIDList: ['app'] })
  await isWrong(audience)
})
