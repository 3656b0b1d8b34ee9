import { decide } from '../../../access/index.ts'
import { aliasArn, ServiceError } from '../../../domain/index.ts'
import type { LaterCall } from '../../../operation/index.ts'
import {
  boolean,
  enumeration,
  integer,
  list,
  required,
  string,
  structure,
  timestamp,
} from '../../../std/index.ts'
import type { KeyOrder, KeyPlace, Reader } from '../../../store/index.ts'
import { describeKey } from '../../kms/keys/describe-key.ts'
import { keyIdType, keyMetadataType, tagListType } from '../../kms/wire/shapes.ts'
import { listingOf, makeToken, openToken } from '../../page-tokens.ts'
import { operation } from '../operation.ts'
import { compileFilters, filterOperators } from './key-filters.ts'
import { type ListedKey, useOf } from './listed-key.ts'
import { walkKeys } from './walk.ts'

const orders = {
  Alias: 'alias',
  KeyId: 'keyId',
  CreationDate: 'createdAt',
  KeySpec: 'keySpec',
} as const satisfies Record<string, KeyOrder>

const orderNames = Object.keys(orders) as (keyof typeof orders)[]
const text = string({ min: 1, max: 256 })
const filterType = structure({
  Name: required(string({ min: 1, max: 140 })),
  Operator: required(enumeration(filterOperators)),
  Values: required(list(text, { min: 1, max: 20 })),
})
const keyType = structure({
  KeyId: required(keyIdType),
  KeyArn: required(string()),
  KeyMetadata: keyMetadataType,
  Aliases: list(structure({ AliasName: required(string()), AliasArn: required(string()) })),
  Tags: tagListType,
  LastUsage: structure({ Operation: string(), Timestamp: timestamp() }),
  Denied: required(list(string())),
})
const limitDefault = 50

/**
 * Lists the keys of the caller's account and Region with their metadata, aliases and tags, page by page, with filters and orders. It
 * needs the permission kms:ListKeys, and shows of each key what DescribeKey, ListAliases, ListResourceTags and GetKeyLastUsage would
 * show to the same caller: `Denied` has the actions that it lacks. A fact that the caller may not see meets no filter. `Truncated` can
 * come with few keys or none: then the call has looked at `Examined` keys, and the next one goes on behind them. `Count`, the number
 * of all keys, is on the first page of a list without filters. Keyward's own operation (docs/console.md).
 */
export const ListKeyDetails = operation({
  name: 'ListKeyDetails',
  effect: 'read',
  input: structure({
    KeyManager: enumeration(['CUSTOMER', 'AWS']),
    Filters: list(filterType, { max: 10 }),
    Join: enumeration(['and', 'or']),
    SortBy: enumeration(orderNames),
    SortOrder: enumeration(['Ascending', 'Descending']),
    Include: list(enumeration(['Tags', 'LastUsage']), { max: 2 }),
    Limit: integer({ min: 1, max: 100 }),
    Marker: string({ min: 1, max: 4096 }),
  }),
  output: structure({
    Keys: required(list(keyType)),
    Truncated: required(boolean()),
    NextMarker: string(),
    Examined: required(integer()),
    Hidden: integer(),
    Count: integer(),
  }),
  touches: {
    keys: ({ input }) => [
      { arn: '*', action: 'kms:ListKeys' },
      // The place of a key in this order reveals its alias.
      ...(input.SortBy === 'Alias' ? [{ arn: '*', action: 'kms:ListAliases' }] : []),
    ],
  },
  // One record stands for a call of DescribeKey for each of these keys.
  disclose: ({ Keys, Examined }) => ({
    additionalEventData: {
      describedKeys: Keys.filter(({ KeyMetadata }) => KeyMetadata !== undefined).map(({ KeyId }) => KeyId),
      examined: Examined,
    },
  }),
  async handle({ input, scope, now, store, secrets, mayUse, requestFor, keyUsages }) {
    const { Filters: filters = [], KeyManager: manager = 'CUSTOMER', SortBy: sortBy = 'KeyId' } = input
    const seesAliases = mayListAliases(requestFor, scope)
    const isDescending = input.SortOrder === 'Descending'
    const listing = listingOf('ListKeyDetails', scope, [manager, sortBy, isDescending])
    const walk = {
      order: orders[sortBy],
      isDescending,
      after:
        input.Marker === undefined
          ? undefined
          : (openToken(secrets, listing, input.Marker, invalidMarker) as KeyPlace),
    }
    const test = compileFilters(filters, input.Join ?? 'and')
    const showsHidden = sortBy === 'KeyId' || sortBy === 'Alias'
    const seeing = { store, scope, now, mayUse, seesAliases }
    const page = await walkKeys(
      { walk, limit: input.Limit ?? limitDefault, manager, test, showsHidden },
      seeing,
    )
    const includes = new Set(input.Include)
    const render = async (listed: ListedKey) => {
      const asksUsage = includes.has('LastUsage')
      const maySeeUsage = asksUsage && (await mayUse(useOf('GetKeyLastUsage', listed.key)))
      return {
        ...(await renderKey(store, listed)),
        Denied: [...deniedOf(listed), ...(asksUsage && !maySeeUsage ? ['kms:GetKeyLastUsage'] : [])],
        ...(includes.has('Tags') && { Tags: renderTags(listed) }),
        ...(maySeeUsage && { LastUsage: renderUsage(await keyUsages.find(scope, listed.key.key.keyId)) }),
      }
    }
    // Whether a key that is hidden meets a filter is nothing that a caller may learn.
    const counts = filters.length > 0 ? {} : { Hidden: page.hidden }
    const isWhole = filters.length === 0 && manager === 'CUSTOMER' && input.Marker === undefined
    return {
      Keys: await Promise.all(page.keys.map(render)),
      Truncated: page.next !== undefined,
      NextMarker: page.next && makeToken(secrets, listing, { ...page.next }),
      Examined: page.examined,
      ...counts,
      Count: isWhole ? await store.keys.count(scope) : undefined,
    }
  },
})

const invalidMarker = () => new ServiceError('InvalidMarkerException')

function mayListAliases(
  requestFor: (later: LaterCall) => Parameters<typeof decide>[0],
  { accountId, region }: { readonly accountId: string; readonly region: string },
): boolean {
  const resource = { arn: '*', accountId, policy: undefined }
  const later = { action: 'kms:ListAliases', resource, region, conditions: {} }
  return decide(requestFor(later)).outcome === 'allow'
}

async function renderKey(store: Reader, { key, mayDescribe, facts }: ListedKey) {
  const { accountId, region, keyId } = key.key
  return {
    KeyId: keyId,
    KeyArn: key.arn,
    KeyMetadata: mayDescribe ? await describeKey(store, key) : undefined,
    Aliases: facts.aliasNames?.map(name => ({
      AliasName: name,
      AliasArn: aliasArn({ accountId, region }, name),
    })),
  }
}

const deniedOf = ({ mayDescribe, mayListTags, facts }: ListedKey) => [
  ...(mayDescribe ? [] : ['kms:DescribeKey']),
  ...(mayListTags ? [] : ['kms:ListResourceTags']),
  ...(facts.aliasNames === undefined ? ['kms:ListAliases'] : []),
]

const renderTags = ({ facts }: ListedKey) =>
  facts.tags?.map(({ tagKey, tagValue }) => ({ TagKey: tagKey, TagValue: tagValue }))

const renderUsage = (last: { readonly operation: string; readonly usedAt: number } | undefined) =>
  last === undefined ? {} : { Operation: last.operation, Timestamp: last.usedAt }
