import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { after, test } from 'node:test'
import { globalDomain, ServiceError } from '../../../domain/index.ts'
import { DomainKeys, openHsm } from '../../../hsm/index.ts'
import { randomBytes } from '../../../std/index.ts'
import { type ListingInput, pageOf } from './listing.ts'

const rootKey = createSecretKey(randomBytes(32))
const secrets = openHsm(rootKey, [DomainKeys.generate(rootKey, globalDomain)])
after(() => secrets.close())

const scope = { accountId: '111122223333', region: 'us-east-1' }
const idAt = (number: number) => `vpc-${String(number).padStart(8, '0')}`
const items = Array.from({ length: 12 }, (_, number) => idAt(11 - number))
const page = (input: ListingInput, ids?: readonly string[], given: Partial<{ scope: typeof scope }> = {}) =>
  pageOf(
    {
      ...{ operation: 'DescribeVpcs', kind: 'vpc', items, idOf: (id: string) => id },
      table: { filters: { 'vpc-id': id => [id] } },
    },
    ids,
    input,
    { scope, secrets, ...given },
  )

const refuses = (code: string, act: () => unknown) =>
  assert.throws(act, (error: unknown) => error instanceof ServiceError && error.code === code)

test('pages together have every item once, by id', () => {
  const seen: string[] = []
  let NextToken: string | undefined
  do {
    const { items: part, nextToken } = page({ MaxResults: 5, NextToken })
    seen.push(...part)
    NextToken = nextToken
  } while (NextToken !== undefined)
  assert.deepEqual(seen, [...items].sort())
})

test('a request that asks for no page gets all items, up to a thousand', () => {
  assert.equal(page({}).items.length, 12)
  assert.equal(page({ MaxResults: 12 }).nextToken, undefined)
  assert.equal(page({ MaxResults: 2_000_000_000 }).items.length, 12)
})

test('a page has at least 5 items', () => {
  for (const MaxResults of [4, 0, -1])
    assert.throws(
      () => page({ MaxResults }),
      // aws/aws-sdk-ruby pull request 2575.
      (error: unknown) =>
        error instanceof ServiceError &&
        error.code === 'InvalidParameterValue' &&
        error.text ===
          `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value greater than 5.`,
    )
})

test('a token is good for its own listing alone', () => {
  const { nextToken: NextToken } = page({ MaxResults: 5 })
  assert.ok(NextToken)
  assert.equal(page({ MaxResults: 7, NextToken }).items.length, 7)
  const all = { MaxResults: 5, NextToken }
  const elsewhere = { ...scope, region: 'eu-west-1' }
  for (const act of [
    () => page({ ...all, Filter: [{ Name: 'vpc-id', Value: ['*'] }] }),
    () => page(all, items),
    () => page(all, undefined, { scope: elsewhere }),
    () => page(all, undefined, { scope: { ...scope, accountId: '444455556666' } }),
    () => page({ ...all, NextToken: `${NextToken.slice(0, -4)}AAAA` }),
    () => page({ ...all, NextToken: '' }),
    () => page({ ...all, NextToken: idAt(3) }),
    () => page({ ...all, NextToken: 'A'.repeat(1_000_000) }),
  ])
    refuses('InvalidPaginationToken', act)
})

test('the filters choose among the named items', () => {
  const input = { Filter: [{ Name: 'vpc-id', Value: ['*1'] }] }
  assert.deepEqual(page(input, [idAt(1), idAt(2), idAt(11)]).items, [idAt(1), idAt(11)])
})
