import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Principal } from '../domain/index.ts'
import { noConditions } from './condition/condition-context.ts'
import { decide } from './decide.ts'
import { compilePolicy } from './policy/compile.ts'

// AWS's documented rules as a table of cases (KMS developer guide, "Determining access to AWS KMS keys" and "Key
// policies"; IAM user guide, "Policy evaluation logic").

const home = '111122223333'
const abroad = '444455556666'
const userArn = (account: string, name: string) => `arn:aws:iam::${account}:user/${name}`
const rootArn = (account: string) => `arn:aws:iam::${account}:root`
const keyArn = `arn:aws:kms:us-east-1:${home}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const otherKeyArn = `arn:aws:kms:us-east-1:${home}:key/00000000-0000-0000-0000-000000000000`
const aliasArn = `arn:aws:kms:us-east-1:${home}:alias/app`
const keysOf = (account: string, region = '*') => `arn:aws:kms:${region}:${account}:key/*`

const user = (accountId: string, userName: string): Principal => ({
  type: 'IAMUser',
  accountId,
  arn: userArn(accountId, userName),
  principalId: `AIDA${userName}`,
  userName,
})
const root = (accountId: string): Principal => ({
  type: 'Root',
  accountId,
  arn: rootArn(accountId),
  principalId: accountId,
})
const alice = user(home, 'alice')
const bob = user(home, 'bob')
const carol = user(abroad, 'carol')

// Statements. The statements of key policies name a principal; the statements of identity policies do not.
type Statement = Readonly<Record<string, unknown>>
const allow = (change: Statement = {}): Statement => ({
  Effect: 'Allow',
  Action: 'kms:*',
  Resource: '*',
  ...change,
})
const deny = (change: Statement = {}) => allow({ Effect: 'Deny', ...change })
const to = (...names: string[]) => ({ Principal: { AWS: names } })
const toHome = to(rootArn(home))
const toAlice = to(alice.arn)
const aliceMay = (actions?: string | string[]) => allow({ ...toAlice, Action: actions })
const aliceMayNot = (actions?: string | string[]) => deny({ ...toAlice, Action: actions })
const onlyOn = (resource: string) => allow({ Resource: resource })

const allowed = 'allow'
const deniedByKey = 'explicitDeny resource-based'
const deniedByUser = 'explicitDeny identity-based'
const noKeyPolicy = 'implicitDeny resource-based'
const noIdentity = 'implicitDeny identity-based'
type Outcome =
  | typeof allowed
  | typeof deniedByKey
  | typeof deniedByUser
  | typeof noKeyPolicy
  | typeof noIdentity

/** The request of a case, if it is not alice's Encrypt with the key. */
interface Request {
  readonly by?: Principal
  readonly action?: string
  readonly on?: string
}
const listKeys: Request = { action: 'kms:ListKeys', on: '*' }

type Case = readonly [
  name: string,
  expected: Outcome,
  /** The statements of the key policy; undefined if there is none. */
  key: readonly Statement[] | undefined,
  /** The statements of the caller's identity policies, one policy each. */
  identity?: readonly Statement[],
  request?: Request,
]
const none = undefined

const byKeyPolicy: readonly Case[] = [
  ['nothing allows', noKeyPolicy, []],
  ['the user is named', allowed, [allow(toAlice)]],
  ['the user is one of several', allowed, [allow(to(bob.arn, alice.arn))]],
  ['another user is named', noKeyPolicy, [allow(to(bob.arn))]],
  [
    'a user of another account with the same name is named',
    noKeyPolicy,
    [allow(to(userArn(abroad, 'alice')))],
  ],
  ['a role with the same name is named', noKeyPolicy, [allow(to(`arn:aws:iam::${home}:role/alice`))]],
  [
    'a user with a path and the same name is named',
    noKeyPolicy,
    [allow(to(`arn:aws:iam::${home}:user/x/alice`))],
  ],
  ['user names are case-sensitive', noKeyPolicy, [allow(to(userArn(home, 'Alice')))]],
  ['a prefix of the user’s name is named', noKeyPolicy, [allow(to(userArn(home, 'ali')))]],
  ['the user is named with another partition', allowed, [allow(to(`arn:aws-cn:iam::${home}:user/alice`))]],
  ['everyone is named', allowed, [allow({ Principal: '*' })]],
  ['everyone is named as {"AWS": "*"}', allowed, [allow(to('*'))]],
  ['a service is named', noKeyPolicy, [allow({ Principal: { Service: 'kms.amazonaws.com' } })]],
  ['a federated principal is named', noKeyPolicy, [allow({ Principal: { Federated: alice.arn } })]],
  [
    'the user is named beside a service',
    allowed,
    [allow({ Principal: { Service: 'kms.amazonaws.com', AWS: alice.arn } })],
  ],
  ['the action is named exactly', allowed, [aliceMay('kms:Encrypt')]],
  ['another action is named', noKeyPolicy, [aliceMay('kms:Decrypt')]],
  ['the action is one of several', allowed, [aliceMay(['kms:Decrypt', 'kms:Encrypt'])]],
  ['actions are not case-sensitive', allowed, [aliceMay('KMS:eNCRYPT')]],
  ['the action *', allowed, [aliceMay('*')]],
  [
    'the prefix of the action is named',
    allowed,
    [aliceMay('kms:ReEncrypt*')],
    [],
    { action: 'kms:ReEncryptTo' },
  ],
  ['the prefix of another action is named', noKeyPolicy, [aliceMay('kms:ReEncrypt*')]],
  ['the action is named with a question mark', allowed, [aliceMay('kms:Encryp?')]],
  [
    'GenerateDataKey does not cover GenerateDataKeyWithoutPlaintext',
    noKeyPolicy,
    [aliceMay('kms:GenerateDataKey')],
    [],
    { action: 'kms:GenerateDataKeyWithoutPlaintext' },
  ],
  ['another service’s actions', noKeyPolicy, [aliceMay('s3:*')]],
  ['a statement without Action has no effect', noKeyPolicy, [aliceMay(undefined)]],
  ['a statement without Resource has no effect', noKeyPolicy, [allow({ ...toAlice, Resource: undefined })]],
  ['the key’s own ARN as Resource', allowed, [allow({ ...toAlice, Resource: keyArn })]],
  ['another key’s ARN as Resource', noKeyPolicy, [allow({ ...toAlice, Resource: otherKeyArn })]],
  ['no identity policy is needed', allowed, [allow(toAlice)]],
  ['identity policies alone do not count for a key', noKeyPolicy, [allow(to(bob.arn))], [allow()]],
  ['identity policies alone, with an empty key policy', noKeyPolicy, [], [allow()]],
]

const throughAccount: readonly Case[] = [
  ['the account is named and an identity policy allows', allowed, [allow(toHome)], [allow()]],
  ['the account is named by its number', allowed, [allow(to(home))], [allow()]],
  ['the account is named but there is no identity policy', noIdentity, [allow(toHome)]],
  [
    'the identity policy allows another action',
    noIdentity,
    [allow(toHome)],
    [allow({ Action: 'kms:Decrypt' })],
  ],
  ['the identity policy allows another key', noIdentity, [allow(toHome)], [onlyOn(otherKeyArn)]],
  ['the identity policy names the key', allowed, [allow(toHome)], [onlyOn(keyArn)]],
  ['the identity policy names all keys of the account', allowed, [allow(toHome)], [onlyOn(keysOf(home))]],
  [
    'the identity policy names keys of another region',
    noIdentity,
    [allow(toHome)],
    [onlyOn(keysOf(home, 'eu-*'))],
  ],
  ['an alias ARN is not the key it points to', noIdentity, [allow(toHome)], [onlyOn(aliasArn)]],
  ['resources are case-sensitive', noIdentity, [allow(toHome)], [onlyOn(keyArn.replace('key/', 'KEY/'))]],
  [
    'the second of two identity policies allows',
    allowed,
    [allow(toHome)],
    [allow({ Action: 's3:*' }), allow()],
  ],
  [
    'the account is named for another action',
    noKeyPolicy,
    [allow({ ...toHome, Action: 'kms:Describe*' })],
    [allow()],
  ],
  ['another account is named', noKeyPolicy, [allow(to(rootArn(abroad)))], [allow()]],
  ['the account and the user are named, by two statements', allowed, [allow(toHome), allow(toAlice)]],
  ['the account and the user are named, by one statement', allowed, [allow(to(home, alice.arn))]],
]

const byDenial: readonly Case[] = [
  ['a Deny in the key policy beats its Allow', deniedByKey, [allow(toAlice), deny(toAlice)]],
  ['a Deny before the Allow in the key policy beats it too', deniedByKey, [deny(toAlice), allow(toAlice)]],
  [
    'a Deny in the key policy beats an identity policy',
    deniedByKey,
    [allow(toHome), deny(toAlice)],
    [allow()],
  ],
  ['a Deny in an identity policy beats the key policy', deniedByUser, [allow(toAlice)], [deny()]],
  [
    'a Deny in an identity policy beats another identity policy',
    deniedByUser,
    [allow(toHome)],
    [allow(), deny()],
  ],
  ['a Deny to everyone', deniedByKey, [allow(toAlice), deny({ Principal: '*' })]],
  ['a Deny to the account denies each of its users', deniedByKey, [allow(toAlice), deny(toHome)]],
  ['a Deny to another user', allowed, [allow(toAlice), deny(to(bob.arn))]],
  ['a Deny to another account', allowed, [allow(toAlice), deny(to(abroad))]],
  ['a Deny of another action', allowed, [allow(toAlice), aliceMayNot('kms:Decrypt')]],
  ['a Deny in different case', deniedByKey, [allow(toAlice), aliceMayNot('kms:ENCRYPT')]],
  ['a Deny on another key', allowed, [allow(toAlice)], [deny({ Resource: otherKeyArn })]],
  ['a Deny without Action has no effect', allowed, [allow(toAlice), aliceMayNot(undefined)]],
  [
    'a Deny without Resource has no effect',
    allowed,
    [allow(toAlice), deny({ ...toAlice, Resource: undefined })],
  ],
  ['a Deny in an identity policy when nothing allows', deniedByUser, [], [deny()]],
]

const byRoot: readonly Case[] = [
  ['the account is named: the root user needs no identity policy', allowed, [allow(toHome)]],
  ['the key policy does not mention the account', noKeyPolicy, [allow(toAlice)]],
  ['everyone is named', allowed, [allow({ Principal: '*' })]],
  ['a Deny to the account', deniedByKey, [allow(toHome), deny(toHome)]],
  ['a Deny to a user', allowed, [allow(toHome), deny(toAlice)]],
  ['another account’s root user, not named', noKeyPolicy, [allow(toHome)], [], { by: root(abroad) }],
  ['another account’s root user, its account named', allowed, [allow(to(abroad))], [], { by: root(abroad) }],
  ['an action without a resource', allowed, none, [], listKeys],
]

const fromAbroad: readonly Case[] = [
  ['the user is named and its identity policy allows', allowed, [allow(to(carol.arn))], [onlyOn(keyArn)]],
  ['the user is named but there is no identity policy', noIdentity, [allow(to(carol.arn))]],
  ['its account is named and its identity policy allows', allowed, [allow(to(abroad))], [allow()]],
  ['its account is named but there is no identity policy', noIdentity, [allow(to(abroad))]],
  ['only its identity policy allows', noKeyPolicy, [allow(toHome)], [allow()]],
  ['everyone is named and its identity policy allows', allowed, [allow({ Principal: '*' })], [allow()]],
  ['everyone is named but there is no identity policy', noIdentity, [allow({ Principal: '*' })]],
  [
    'its identity policy allows keys of its own account only',
    noIdentity,
    [allow(to(carol.arn))],
    [onlyOn(keysOf(abroad))],
  ],
  ['a Deny in its identity policy', deniedByUser, [allow(to(carol.arn))], [allow(), deny()]],
  [
    'a Deny to its account in the key policy',
    deniedByKey,
    [allow(to(carol.arn)), deny(to(abroad))],
    [allow()],
  ],
]

const withoutKey: readonly Case[] = [
  ['an identity policy allows on *', allowed, none, [allow()], listKeys],
  ['there is no identity policy', noIdentity, none, [], listKeys],
  ['an identity policy for keys does not cover *', noIdentity, none, [onlyOn(keysOf(home))], listKeys],
  [
    'an identity policy denies',
    deniedByUser,
    none,
    [allow(), deny({ Action: 'kms:Create*' })],
    { action: 'kms:CreateKey', on: '*' },
  ],
  [
    'an alias that an identity policy allows',
    allowed,
    none,
    [onlyOn(`arn:aws:kms:us-east-1:${home}:alias/a*`)],
    { action: 'kms:CreateAlias', on: aliasArn },
  ],
  [
    'another alias',
    noIdentity,
    none,
    [onlyOn(`arn:aws:kms:us-east-1:${home}:alias/b*`)],
    { action: 'kms:CreateAlias', on: aliasArn },
  ],
]

runAll('access through the key policy', byKeyPolicy)
runAll('access through the account', throughAccount)
runAll('denials', byDenial)
runAll('the root user', byRoot, root(home))
runAll('access from another account', fromAbroad, carol)
runAll('requests without a key', withoutKey)

function runAll(group: string, cases: readonly Case[], caller = alice): void {
  describe(group, () => {
    for (const [name, expected, key, identity = [], request = {}] of cases) {
      test(`${name}: ${expected}`, () => {
        const { by = caller, action = 'kms:Encrypt', on = keyArn } = request
        const decision = decide({
          principal: by,
          identityPolicies: identity.map((statement, i) => compile([statement], 'identity', `policy ${i}`)),
          action,
          resource: { arn: on, accountId: home, policy: key && compile(key, 'key', 'key policy') },
          context: noConditions,
        })
        assert.equal(describeDecision(decision), expected)
      })
    }
  })
}

function describeDecision(decision: ReturnType<typeof decide>): string {
  if (decision.outcome === 'allow' || decision.outcome === 'undecided') return decision.outcome
  const policyType = decision.outcome === 'explicitDeny' ? decision.deniedBy : decision.missing
  return `${decision.outcome} ${policyType}`
}

function compile(statements: readonly Statement[], kind: 'key' | 'identity', name: string) {
  return compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind, name)
}
