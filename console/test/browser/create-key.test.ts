import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { iamClient } from '../../../test/fixtures/iam-caller.ts'
import { allow, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import type { KeyType } from '../../src/model/key-specs.ts'
import { makePolicy, type PolicyDocument } from '../../src/model/policy/console-policy.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'
import { button, checkbox, isFocused, next, step, tabTo, textbox, toReview } from '../fixtures/wizard.ts'

// The wizard that creates keys, in a real browser: by roles and labels, and with the keys that the server really has afterwards.

const account = '000000000000'
const other = '444455556666'
const arnOf = (name: string, owner = account) => `arn:aws:iam::${owner}:${name}`
const script = '<img src=x onerror="document.title=1">'

// AWS KMS developer guide, "Default key policy".
const administration = `kms:Create* kms:Describe* kms:Enable* kms:List* kms:Put* kms:Update* kms:Revoke* kms:Disable*
  kms:Get* kms:Delete* kms:TagResource kms:UntagResource kms:RotateKeyOnDemand`
const deletion = 'kms:ScheduleKeyDeletion kms:CancelKeyDeletion'
const replication = 'kms:ReplicateKey kms:UpdatePrimaryRegion'
const grants = 'kms:CreateGrant kms:ListGrants kms:RevokeGrant'

/** The statements of a policy as principals and sets of actions: the order of actions means nothing. */
function setsOf(statements: readonly { Principal: { AWS: unknown }; Action: unknown }[]) {
  const listOf = (value: unknown) => (Array.isArray(value) ? value : [value]) as string[]
  return statements.map(({ Principal, Action }) => [
    ...[listOf(Principal.AWS).sort(), new Set(listOf(Action))],
  ])
}
const statement = (arns: string[], actions: string) => [arns.sort(), new Set(actions.split(/\s+/))]

/** A kind of key, the labels that choose it in the wizard, and AWS's actions for its users. */
interface Kind {
  readonly name: string
  readonly keyType: KeyType
  readonly usage: 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'ENCRYPT_DECRYPT'
  readonly choices: readonly RegExp[]
  readonly spec?: string
  readonly isMultiRegion?: boolean
  readonly use: string
  readonly hasAttachment: boolean
}
const kinds: readonly Kind[] = [
  {
    ...{ name: 'signing', keyType: 'asymmetric', usage: 'SIGN_VERIFY', hasAttachment: true },
    ...{ choices: [/^Asymmetric/, /^Sign and verify/], spec: 'ECC_NIST_P384' },
    use: 'kms:DescribeKey kms:GetPublicKey kms:Sign kms:Verify',
  },
  {
    ...{ name: 'mac', keyType: 'symmetric', usage: 'GENERATE_VERIFY_MAC', hasAttachment: false },
    ...{ choices: [/^Generate and verify MAC/], spec: 'HMAC_512' },
    use: 'kms:DescribeKey kms:GenerateMac kms:VerifyMac',
  },
  {
    ...{ name: 'everywhere', keyType: 'symmetric', usage: 'ENCRYPT_DECRYPT', hasAttachment: true },
    ...{ choices: [], isMultiRegion: true },
    use: 'kms:Encrypt kms:Decrypt kms:ReEncrypt* kms:GenerateDataKey* kms:DescribeKey',
  },
]

describe('the wizard for keys', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const makes = allow([
    'kms:CreateKey',
    'kms:CreateAlias',
    'kms:TagResource',
    'kms:PutKeyPolicy',
    'kms:ListKeys',
  ])
  const users = [
    seedUser('alice'),
    seedUser('bob'),
    seedUser('maker', makes),
    seedUser('lister', allow('kms:ListKeys')),
  ]
  const seed = writeYaml('seed.yaml', { accounts: [{ id: account, users }] })
  const { server, administrator } = await serveConsole({ flags: ['--seed', seed] })
  const browser: Browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  const admin = new TestCaller(server)
  const trust = { Version: '2012-10-17', Statement: allow('sts:AssumeRole', undefined, arnOf('root')) }
  const iam = iamClient(server)
  // More users than a page of the table has.
  for (let count = 0; count < 12; count++) await iam.createUser({ UserName: `extra-${count}` })
  await iam.createRole({
    ...{ RoleName: 'Ops', Path: '/team/' },
    AssumeRolePolicyDocument: JSON.stringify({
      ...trust,
      Statement: { ...trust.Statement, Resource: undefined },
    }),
  })
  const opened = async (t: Parameters<typeof openConsole>[0], more: object = {}, as = administrator) => {
    const place = '#/us-east-1/keys/create'
    const secrets = [administrator.secretAccessKey]
    const page = await openConsole(t, { browser, server, secrets, place, ...more })
    await signIn(page, as)
    await step(page, 'Configure key')
    return page
  }

  /** The key with an alias, as the server has it. */
  const made = async (alias: string) => {
    const metadata = await admin.describe(alias)
    const { Policy = '' } = await admin.sdk.getKeyPolicy({ KeyId: metadata.KeyId })
    return { metadata, policy: JSON.parse(Policy) as PolicyDocument }
  }
  const countKeys = async () => (await admin.sdk.listKeys({})).Keys?.length ?? 0

  test('a symmetric key gets AWS’s policy for its administrators, users and accounts', async t => {
    const page = await opened(t)
    await next(page, 'Add labels')
    await textbox(page, 'Alias').fill('alias/orders')
    await textbox(page, /^Description/).fill(script)
    await button(page, 'Add tag').click()
    await textbox(page, 'Key of tag 1').fill(script)
    await textbox(page, 'Value of tag 1').fill(script)
    await next(page, 'Define key administrative permissions')
    // The search keeps what was selected.
    await checkbox(page, 'User alice').check()
    await page.getByLabel('Find users and roles').fill('team')
    await checkbox(page, 'Role Ops').check()
    await page.getByText('(2 selected)').waitFor()
    await checkbox(page, 'Allow key administrators to delete this key').uncheck()
    await next(page, 'Define key usage permissions')
    await checkbox(page, 'User bob').check()
    await button(page, 'Add another AWS account').click()
    await textbox(page, 'Account ID 1').fill(other)
    await next(page, 'Edit key policy')
    await next(page, 'Review')
    await page.getByText('Not allowed to them').waitFor()
    await button(page, 'Finish').click()
    await page.getByText('The key alias/orders was made.').waitFor()
    await step(page, /^Customer managed keys/)
    const { metadata, policy } = await made('alias/orders')
    const { KeySpec, KeyUsage, Origin, MultiRegion, Description } = metadata
    assert.deepEqual(
      [KeySpec, KeyUsage, Origin, MultiRegion, Description],
      ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'AWS_KMS', false, script],
    )
    const { Tags } = await admin.sdk.listResourceTags({ KeyId: metadata.KeyId })
    assert.deepEqual(Tags, [{ TagKey: script, TagValue: script }])
    const chosen = {
      ...({
        accountId: account,
        partition: 'aws',
        keyType: 'symmetric',
        keyUsage: 'ENCRYPT_DECRYPT',
      } as const),
      ...({ origin: 'AWS_KMS', isMultiRegion: false, mayDelete: false, otherAccounts: [other] } as const),
      ...{ administrators: [arnOf('user/alice'), arnOf('role/team/Ops')], users: [arnOf('user/bob')] },
    }
    assert.deepEqual(policy, makePolicy(chosen))
    const use = 'kms:Encrypt kms:Decrypt kms:ReEncrypt* kms:GenerateDataKey* kms:DescribeKey'
    assert.deepEqual(setsOf(policy.Statement), [
      statement([arnOf('root')], 'kms:*'),
      statement([arnOf('user/alice'), arnOf('role/team/Ops')], administration),
      statement([arnOf('user/bob'), arnOf('root', other)], use),
      statement([arnOf('user/bob'), arnOf('root', other)], grants),
    ])
    await page.getByRole('link', { name: 'View key' }).click()
    await step(page, 'orders')
  })

  for (const { name, keyType, usage, choices, spec, isMultiRegion = false, use, hasAttachment } of kinds)
    test(`a key for ${name} has its kind and AWS’s policy`, async t => {
      const page = await opened(t)
      for (const choice of choices) await page.getByRole('radio', { name: choice }).check()
      if (spec !== undefined) {
        await page.getByRole('button', { name: /^Key spec/ }).click()
        await page.getByRole('option', { name: new RegExp(`^${spec}`) }).click()
      }
      if (isMultiRegion) {
        await button(page, 'Advanced options').click()
        await page.getByRole('radio', { name: /^Multi-Region key/ }).check()
      }
      await next(page, 'Add labels')
      await textbox(page, 'Alias').fill(name)
      await next(page, 'Define key administrative permissions')
      await checkbox(page, 'User alice').check()
      await next(page, 'Define key usage permissions')
      await checkbox(page, 'User bob').check()
      await next(page, 'Edit key policy')
      await next(page, 'Review')
      await button(page, 'Finish').click()
      await page.getByText(`The key alias/${name} was made.`).waitFor()
      const { metadata, policy } = await made(`alias/${name}`)
      assert.deepEqual(
        [metadata.KeySpec, metadata.KeyUsage, metadata.MultiRegion],
        [spec ?? 'SYMMETRIC_DEFAULT', usage, isMultiRegion],
      )
      const [alice, bob] = [[arnOf('user/alice')], [arnOf('user/bob')]]
      assert.deepEqual(
        policy,
        makePolicy({
          ...{ accountId: account, partition: 'aws', keyType, keyUsage: usage, origin: 'AWS_KMS' },
          ...{ isMultiRegion, mayDelete: true, administrators: alice, users: bob, otherAccounts: [] },
        }),
      )
      assert.deepEqual(setsOf(policy.Statement), [
        statement([arnOf('root')], 'kms:*'),
        statement(alice, `${administration} ${deletion}${isMultiRegion ? ` ${replication}` : ''}`),
        statement(bob, use),
        ...(hasAttachment ? [statement(bob, grants)] : []),
      ])
    })

  test('the keyboard alone makes a key', async t => {
    const page = await opened(t)
    const press = async (target: ReturnType<Page['getByRole']>, key: string) => {
      await tabTo(page, target)
      await page.keyboard.press(key)
    }
    await press(page.getByRole('radio', { name: /^Symmetric/ }), 'ArrowRight')
    await press(button(page, 'Next'), 'Enter')
    await step(page, 'Add labels')
    await tabTo(page, textbox(page, 'Alias'))
    await page.keyboard.type('typed')
    await press(button(page, 'Next'), 'Enter')
    await step(page, 'Define key administrative permissions')
    await press(checkbox(page, 'User alice'), 'Space')
    await press(button(page, 'Next'), 'Enter')
    await step(page, 'Define key usage permissions')
    await press(button(page, 'Next'), 'Enter')
    await step(page, 'Edit key policy')
    await press(button(page, 'Edit'), 'Enter')
    const editor = textbox(page, 'Key policy')
    await editor.waitFor()
    await tabTo(page, editor)
    // Tab indents in the editor; after Escape it leaves.
    for (const key of ['Tab', 'Shift+Tab']) {
      await page.keyboard.press(key)
      assert.ok(await isFocused(editor))
    }
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    assert.ok(!(await isFocused(editor)))
    await press(button(page, 'Next'), 'Enter')
    await step(page, 'Review')
    await press(button(page, 'Finish'), 'Enter')
    await page.getByText('The key alias/typed was made.').waitFor()
    assert.equal((await made('alias/typed')).metadata.KeySpec, 'RSA_2048')
  })

  test('a key whose alias is there already is made once, and gets a different alias', async t => {
    const first = await makeKey(admin)
    await admin.sdk.createAlias({ AliasName: 'alias/taken', TargetKeyId: first.id })
    const before = await countKeys()
    const page = await opened(t)
    await toReview(page, 'taken')
    await button(page, 'Finish').dblclick()
    await step(page, 'The key has no alias yet')
    await page.getByText(/AlreadyExistsException: /).waitFor()
    assert.equal(await countKeys(), before + 1)
    const address = await page.getByRole('link', { name: 'View key' }).getAttribute('href')
    await textbox(page, 'Alias').fill('a b')
    await button(page, 'Create alias').click()
    await page.getByText(/^Use letters/).waitFor()
    await textbox(page, 'Alias').fill('free')
    await button(page, 'Create alias').click()
    await page.getByText('The key alias/free was made.').waitFor()
    assert.equal(await countKeys(), before + 1)
    const { metadata } = await made('alias/free')
    assert.ok(address?.endsWith(`/keys/${metadata.KeyId}`), address ?? '')
  })
})
