import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPolicy } from './check-policy.ts'

// AWS KMS developer guide, "Use VPC endpoints to control access"; IAM user guide, "IAM JSON policy elements: Condition operators",
// for keys that a request does not have.

const account = '111122223333'
const statement = (Effect: string, Condition?: object, more: object = {}) => ({
  ...{ Effect, Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
  ...(Condition && { Condition }),
  ...more,
})
const administrator = statement('Allow')
const everyone = { Principal: '*' }

/** The places of the findings about endpoints. */
const placesOf = (...Statement: object[]) =>
  checkPolicy(JSON.stringify({ Version: '2012-10-17', Statement }), 'key')
    .filter(({ code }) => code === 'demandsEndpoint')
    .map(({ severity, place }) => `${severity} ${place}`)

const vpce = { 'aws:sourceVpce': 'vpce-1234abcdf5678c90a' }

test('the example of the guide denies requests without an endpoint', () => {
  const Action = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']
  const restrict = statement('Deny', { StringNotEquals: vpce }, { ...everyone, Action })
  assert.deepEqual(placesOf(administrator, restrict), ['warning Statement 2'])
})

const denials: readonly (readonly [condition: object, isFound: boolean, more?: object])[] = [
  [{ StringNotEqualsIfExists: { 'aws:SourceVpc': 'vpc-1' } }, true],
  [{ StringNotLike: { 'aws:SourceVpce': 'vpce-*' } }, true, everyone],
  [{ NotIpAddress: { 'aws:VpcSourceIp': '10.0.0.0/8' } }, true],
  [{ Null: { 'aws:SourceVpce': 'true' } }, true],
  [{ StringNotEquals: { 'aws:VpceAccount': account } }, true],
  [
    {
      StringNotEquals: { 'aws:VpceOrgID': 'o-1' },
      ArnNotLike: { 'aws:SourceVpcArn': 'arn:aws:ec2:*:*:vpc/vpc-1' },
    },
    true,
  ],
  [{ 'ForAllValues:StringNotLike': { 'aws:VpceOrgPaths': 'o-1/*' } }, true],
  // Requests without an endpoint do not meet these.
  [{ StringEquals: vpce }, false],
  [{ Null: { 'aws:SourceVpce': 'false' } }, false],
  [{ 'ForAnyValue:StringNotLike': { 'aws:VpceOrgPaths': 'o-1/*' } }, false],
  // These leave somebody out, or are about one principal.
  [{ StringNotEquals: vpce, Bool: { 'aws:ViaAWSService': 'false' } }, false],
  [{ StringNotEquals: vpce, ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/admin' } }, false],
  [{ StringNotEquals: vpce }, false, { Principal: undefined, NotPrincipal: { AWS: account } }],
  [{ StringNotEquals: vpce }, false, { Principal: { AWS: `arn:aws:iam::${account}:user/ann` } }],
  [{ NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, false],
]

for (const [condition, isFound, more] of denials)
  test(`a Deny with ${JSON.stringify(condition)} ${isFound ? 'demands an endpoint' : 'demands none'}`, () => {
    assert.deepEqual(
      placesOf(administrator, statement('Deny', condition, more)),
      isFound ? ['warning Statement 2'] : [],
    )
  })

test('an endpoint in each Allow is a demand, and an Allow without one is none', () => {
  const only = statement('Allow', { StringEquals: vpce })
  const network = statement('Allow', { StringEquals: { 'aws:SourceVpc': 'vpc-1' } }, everyone)
  assert.deepEqual(placesOf(only, network), ['warning '])
  assert.deepEqual(placesOf(only, administrator), [])
  assert.deepEqual(placesOf(statement('Allow', { StringEqualsIfExists: vpce })), [])
  assert.deepEqual(placesOf(administrator), [])
})

test('only key policies are searched, because an endpoint policy has an endpoint in each request', () => {
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: statement('Deny', { StringNotEquals: vpce }, everyone),
  })
  assert.deepEqual(checkPolicy(document, 'endpoint'), [])
})
