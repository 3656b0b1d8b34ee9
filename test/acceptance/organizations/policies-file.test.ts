import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOrganizationPolicies } from '../../../src/app/config/organization-policies.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { writeYaml } from '../../fixtures/seed.ts'

// The file of the policies above accounts. docs/organization-policies.md describes it.

const account = '111111111111'

test('an organization without ids has none for conditions', () => {
  const path = writeYaml('policies.yaml', {
    managementAccount: '333333333333',
    serviceControlPolicies: ['FullAWSAccess', 'NoDeletion'].map(name => ({
      name,
      document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
    })),
    accounts: [{ id: '333333333333' }],
    groups: [{ name: 'all', accounts: [{ id: account }] }],
  })
  const member = readOrganizationPolicies(path).ofAccount(account)
  assert.equal(member?.place, undefined)
  assert.equal(member?.serviceControlPolicies?.length, 1)
})

const policies = (...lines: string[]) => ['serviceControlPolicies:', ...lines].join('\n')
const good = '{ Version: "2012-10-17", Statement: { Effect: Allow, Action: "*", Resource: "*" } }'
const refused: Readonly<Record<string, readonly [text: string, line: number, says: RegExp]>> = {
  'an unknown setting': ['accounts: []\nrules: []', 2, /is not a setting here/],
  'a wrong account id': ['accounts:\n  - id: 12', 2, /12 digits/],
  'an account in two places': [
    `accounts:\n  - id: '${account}'\ngroups:\n  - name: a\n    accounts:\n      - id: '${account}'`,
    6,
    /for a second time/,
  ],
  'a wrong organization id': ['organizationId: o-1\nrootId: r-ab12', 1, /no organizationId of AWS/],
  'an organization id without a root id': ['organizationId: o-a1b2c3d4e5', 1, /has no rootId/],
  'a group without an id in an organization with ids': [
    'organizationId: o-a1b2c3d4e5\nrootId: r-ab12\ngroups:\n  - name: a',
    4,
    /has no id/,
  ],
  'a group with an id in an organization without ids': [
    'groups:\n  - name: a\n    id: ou-ab12-11111111',
    3,
    /without an/,
  ],
  'a group without a name': ['groups:\n  - accounts: []', 2, /has no name/],
  'a policy without a document': [policies('  - name: a'), 2, /has no document/],
  'a wrong policy': [policies('  - name: a', '    document: { Statement: 1 }'), 2, /is not valid/],
  'an empty list of policies': [policies('  []'), 2, /is empty/],
  'a resource control policy that allows': [
    `resourceControlPolicies:\n  - name: a\n    document: ${good.replace('"*", Res', '"kms:*", Principal: "*", Res')}`,
    2,
    /cannot allow/,
  ],
  'a group that is nested too deep': [
    [0, 1, 2, 3, 4, 5]
      .map(depth => `${'    '.repeat(depth)}groups:\n${'    '.repeat(depth)}  - name: g\n`)
      .join(''),
    12,
    /nested deeper/,
  ],
}

for (const [what, [text, line, says]] of Object.entries(refused)) {
  test(`${what} is refused at start, with its line`, async () => {
    const path = writeYaml('policies.yaml', text)
    const message = await refusedStart({ flags: ['--organization-policies', path] })
    assert.ok(message.includes(`${path}:${line}:`), message)
    assert.match(message, says)
  })
}

test('a file that does not exist is refused at start', async () => {
  assert.match(
    await refusedStart({ flags: ['--organization-policies', '/nowhere.yaml'] }),
    /\/nowhere\.yaml cannot be read/,
  )
})
