import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cloudtrail, ec2, iam, keyward, kms, sts } from './index.ts'

// The pipeline reads these members of an input only through what the operation declares. An operation that has the member and
// declares nothing would act on a dry run, or answer in the clear what must be sealed.

const readers = { DryRun: 'isDryRun', GrantTokens: 'grantTokens', Recipient: 'attestation' } as const

const operations = [kms, iam, sts, cloudtrail, ec2, keyward].flatMap(service => [
  ...service.operations.values(),
])
const membersOf = (input: object) => Object.keys((input as { readonly members?: object }).members ?? {})

for (const [member, reader] of Object.entries(readers)) {
  test(`every operation with the member ${member} declares ${reader}, and no other does`, () => {
    const withMember = operations.filter(({ input }) => membersOf(input).includes(member))
    const withReader = operations.filter(operation => operation[reader] !== undefined)
    assert.ok(withMember.length > 0)
    assert.deepEqual(
      withReader.map(({ name }) => name),
      withMember.map(({ name }) => name),
    )
  })
}

test('nothing that a call touches has the name of something else that its handler gets', () => {
  const taken = new Set([
    ...['input', 'caller', 'scope', 'now', 'prepared', 'recipient', 'requestFor', 'store', 'recordEvent'],
    ...['hsm', 'deployment', 'keyUsages', 'organization', 'sessions', 'webIdentities', 'explainAccess'],
    ...['history', 'destinations', 'keyTrial', 'secrets', 'networks', 'regions', 'endpointPort', 'server'],
    ...['listAccess'],
  ])
  const clashes = operations.flatMap(({ name, keys, resources }) =>
    [...keys, ...resources]
      .map(([touched]) => touched)
      .filter(touched => taken.has(touched))
      .map(touched => `${name}: ${touched}`),
  )
  assert.deepEqual(clashes, [])
})

test('records of IAM count as reading by the name of the operation, and show answers of what makes something', () => {
  // As in all recorded calls (github.com/invictus-ir/aws_dataset; github.com/DataDog/stratus-red-team). No record of
  // the last two names was found; they answer with more than nothing, as operations that make something do.
  const shown = /^Create(?!AccountAlias)|^UpdateRoleDescription$|^DeleteServiceLinkedRole$/
  for (const { name, effect, record, disclose } of iam.operations.values()) {
    assert.equal(record?.isReadOnly ?? effect === 'read', /^(?:Get|List|Simulate)/.test(name), name)
    assert.equal(disclose !== undefined, shown.test(name), name)
  }
})
