import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { openTestStore, testKeys } from '../../../test/fixtures/test-store.ts'
import { keyArn, newKey, newMaterial, newUser } from '../../domain/index.ts'
import { CachedGrants, CachedLookup } from '../../keys/index.ts'
import type { AccessQuestion, Endpoint } from '../../operation/index.ts'
import { Authorizer } from '../permission/authorizer.ts'
import { explainAccess } from './explain-access.ts'

// Questions about requests through VPC endpoints: the answer is the decision that such a request would get (AWS KMS developer
// guide, "Connect to AWS KMS through a VPC endpoint").

const home = '111122223333'
const abroad = '444455556666'
const scope = { accountId: home, region: 'us-east-1' }
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = (Action: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more })
const toAll = (Action: string, Condition?: object) =>
  allow(Action, { Principal: '*', ...(Condition && { Condition }) })

const store = await openTestStore(join(temporaryDirectory(), 'keyward.db'))
after(() => store.close())
const { hsm } = testKeys
await store.write(async writer => {
  for (const account of [home, abroad]) await writer.accounts.insert(account, 0)
  const policies = [{ name: 'own', document: document(allow('kms:*')) }]
  const ids = { accountId: home, userName: 'ann', userId: 'AIDAANN', createdAt: 0 }
  await writer.users.insert({ ...newUser(ids), policies })
  const spec = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS' } as const
  const material = newMaterial(await hsm.generateKeyMaterial({ ...scope, keyId, keySpec: spec.keySpec }), 0)
  await writer.keys.insert({
    key: {
      ...newKey({ ...scope, keyId, ...spec, createdAt: 0 }),
      currentKeyMaterialId: material.keyMaterialId,
    },
    policy: document(
      allow('kms:*', { Principal: { AWS: [home, abroad] } }),
      allow('kms:Decrypt', {
        ...{ Sid: 'network', Effect: 'Deny', Principal: '*' },
        Condition: { StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } },
      }),
    ),
    materials: [material],
  })
})

function endpointOf(vpceId: string, policy: string, of: object = {}): Endpoint {
  const own = { ...scope, vpceId, policy, service: 'kms', hosts: new Set<string>() }
  return { ...own, vpcId: 'vpc-1', vpcArn: `arn:aws:ec2:us-east-1:${home}:vpc/vpc-1`, ...of }
}
const onlyDecrypt = document(toAll('kms:Decrypt'))
const endpoints = new Map(
  [
    endpointOf('vpce-open', document(toAll('*'))),
    endpointOf('vpce-narrow', onlyDecrypt),
    endpointOf(
      'vpce-own-facts',
      document(
        toAll('kms:*', {
          StringEquals: {
            'aws:VpceAccount': home,
            'aws:SourceVpc': 'vpc-1',
            'aws:SourceVpce': 'vpce-own-facts',
          },
          ArnEquals: { 'aws:SourceVpcArn': `arn:aws:ec2:us-east-1:${home}:vpc/vpc-1` },
          Null: { 'aws:SourceIp': 'true', 'aws:VpcSourceIp': 'true' },
        }),
      ),
    ),
    endpointOf('vpce-foreign', onlyDecrypt, { accountId: abroad }),
    endpointOf('vpce-of-sts', onlyDecrypt, { service: 'sts' }),
    endpointOf('vpce-elsewhere', onlyDecrypt, { region: 'eu-west-1' }),
  ].map(endpoint => [endpoint.vpceId, endpoint]),
)

interface Asked {
  readonly principalArn?: string
  readonly action?: string
  readonly given?: Readonly<Record<string, readonly string[]>>
  readonly keyId?: string | undefined
}

async function ask({ principalArn, action = 'kms:Encrypt', given = {}, ...rest }: Asked) {
  const authorizer = new Authorizer({
    organization: { ofAccount: () => undefined },
    conditionKeys: [],
    onUnreadablePolicy: () => assert.fail(),
    onUndecided: () => assert.fail(),
  })
  const question: AccessQuestion = {
    ...{ scope, action, keyId, grant: undefined, mayCrossAccounts: true, now: 0, ...rest },
    principalArn: principalArn ?? `arn:aws:iam::${home}:user/ann`,
    given: new Map(Object.entries(given)),
  }
  const cached = {
    keys: new CachedLookup(store, hsm),
    grants: new CachedGrants(store),
    store: store.reader,
  }
  const find = (vpceId: string) => endpoints.get(vpceId)
  const answer = await explainAccess(question, { authorizer, cached, endpoints: { find } })
  const { decision } = answer.explanation
  const by = decision.outcome === 'implicitDeny' ? ` ${decision.missing}` : ''
  return { outcome: `${decision.outcome}${by}`, answer }
}

const through = (...vpceIds: string[]) => ({ given: { 'aws:SourceVpce': vpceIds } })

test('the policy of the endpoint takes part, and is named like any other', async () => {
  assert.equal((await ask({})).outcome, 'allow')
  assert.equal((await ask(through('vpce-open'))).outcome, 'allow')
  const { outcome, answer } = await ask(through('vpce-narrow'))
  assert.equal(outcome, 'implicitDeny VPC endpoint')
  assert.equal(answer.unreadEndpoint, undefined)
  const [policy] = answer.explanation.policies.filter(({ policyType }) => policyType === 'VPC endpoint')
  assert.equal(policy?.policy, 'vpce-narrow')
  const withoutKey = { ...through('vpce-narrow'), keyId: undefined, action: 'kms:ListKeys' }
  assert.equal((await ask(withoutKey)).outcome, 'implicitDeny VPC endpoint')
  const anyCase = { given: { 'AWS:sourcevpce': ['vpce-narrow'] } }
  assert.equal((await ask(anyCase)).outcome, 'implicitDeny VPC endpoint')
})

test('facts about an endpoint do not name it', async () => {
  const isUnnamed = async (given: Asked['given']) => (await ask({ given })).answer.isEndpointUnnamed
  for (const key of [
    ...['aws:SourceVpc', 'aws:SourceVpcArn', 'aws:VpcSourceIp'],
    ...['aws:VpceAccount', 'aws:VpceOrgID', 'aws:VpceOrgPaths'],
  ]) {
    assert.equal(await isUnnamed({ [key]: ['x'] }), true, key)
    for (const vpceId of ['vpce-open', 'vpce-none'])
      assert.equal(await isUnnamed({ [key]: ['x'], 'aws:SourceVpce': [vpceId] }), false, key)
    assert.equal(await isUnnamed({ [key]: ['x'], 'aws:SourceVpce': [] }), true, key)
    assert.equal(await isUnnamed({ [key]: [] }), false, key)
  }
  assert.equal(await isUnnamed({}), false)
  assert.equal(await isUnnamed({ 'aws:SourceIp': ['192.0.2.1'] }), false)
})

test('the endpoint gives the condition keys of its network, and no address of a client', async () => {
  assert.equal((await ask(through('vpce-own-facts'))).outcome, 'allow')
  const decrypt = { action: 'kms:Decrypt' }
  assert.equal((await ask(decrypt)).outcome, 'explicitDeny')
  assert.equal((await ask({ ...decrypt, ...through('vpce-open') })).outcome, 'allow')
  const other = { given: { 'aws:SourceVpce': ['vpce-open'], 'aws:SourceVpc': ['vpc-2'] } }
  assert.equal((await ask({ ...decrypt, ...other })).outcome, 'explicitDeny')
})

test('an endpoint that the account does not have in the Region is a value without a policy', async () => {
  for (const vpceId of ['vpce-foreign', 'vpce-elsewhere', 'vpce-of-sts', 'vpce-none']) {
    const { outcome, answer } = await ask(through(vpceId))
    assert.equal(outcome, 'allow', vpceId)
    assert.equal(answer.unreadEndpoint, vpceId)
    assert.ok(answer.explanation.policies.every(({ policyType }) => policyType !== 'VPC endpoint'))
    // Nothing else of it is known either, such as its VPC.
    assert.equal((await ask({ ...through(vpceId), action: 'kms:Decrypt' })).outcome, 'explicitDeny')
  }
  const { answer } = await ask(through('vpce-open', 'vpce-narrow'))
  assert.equal(answer.unreadEndpoint, 'vpce-open,vpce-narrow')
  assert.equal((await ask({ given: { 'aws:SourceVpce': [] } })).answer.unreadEndpoint, undefined)
})

test('the endpoint is on the side of the account that owns it, whichever side of the call that is', async () => {
  const key = keyArn({ accountId: abroad, region: 'us-east-1' }, keyId)
  const callersSide = await ask({ ...through('vpce-narrow'), keyId: key })
  assert.equal(callersSide.outcome, 'implicitDeny VPC endpoint')
  assert.equal(callersSide.answer.otherAccount, abroad)
  const principalArn = `arn:aws:iam::${abroad}:user/eve`
  const keysSide = await ask({ ...through('vpce-narrow'), principalArn })
  assert.equal(keysSide.outcome, 'implicitDeny VPC endpoint')
  assert.equal(keysSide.answer.otherAccount, abroad)
  assert.equal((await ask({ ...through('vpce-open'), principalArn })).outcome, 'allow')
})
