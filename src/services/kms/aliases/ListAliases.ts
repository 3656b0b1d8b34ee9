import {
  type Alias,
  aliasArn,
  awsManagedKeyAlias,
  awsManagedKeyServices,
  keyArn,
  keyNotFound,
  type Page,
  type PageRequest,
  parseKeyIdentifier,
  type Scope,
  toPage,
} from '../../../domain/index.ts'
import { list, structure, timestamp } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import { listingOf, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { aliasNameType, arnType, keyIdType } from '../wire/shapes.ts'

/** Gets a list of the aliases in the caller's account and Region. */
export const ListAliases = operation({
  name: 'ListAliases',
  effect: 'read',
  input: structure({ KeyId: keyIdType, ...pageInput(100) }),
  output: structure({
    Aliases: list(
      structure({
        AliasName: aliasNameType,
        AliasArn: arnType,
        TargetKeyId: keyIdType,
        CreationDate: timestamp(),
        LastUpdatedDate: timestamp(),
      }),
    ),
    ...pageOutput,
  }),
  async handle({ input, scope, store, hsm }) {
    const targetKeyId = input.KeyId === undefined ? undefined : await findTarget(input.KeyId, scope, store)
    const listing = listingOf('ListAliases', scope, targetKeyId)
    const request = pageRequest(hsm, listing, input, 50)
    const found = await store.aliases.list(scope, targetKeyId, request)
    const page = targetKeyId === undefined ? addPredefined(found, scope, request) : found
    return { Aliases: page.items.map(renderAlias), ...renderPage(hsm, listing, page) }
  },
})

/** The filter is not a key requirement: listing aliases needs no permission on the key. */
async function findTarget(keyId: string, scope: Scope, store: Reader): Promise<string> {
  const identifier = parseKeyIdentifier(keyId, 'key', scope)
  if (identifier.type !== 'key' || identifier.scope.accountId !== scope.accountId) throw keyNotFound(keyId)
  if ((await store.keys.find(scope, identifier.keyId)) === undefined)
    throw keyNotFound(keyArn(scope, identifier.keyId))
  return identifier.keyId
}

type ListedAlias = Alias | (Scope & { readonly aliasName: string })

/**
 * Adds the predefined aliases of AWS managed keys that do not exist yet. They have no TargetKeyId (AWS KMS API
 * reference, "ListAliases").
 */
function addPredefined(
  { items, next }: Page<Alias>,
  { accountId, region }: Scope,
  { after = '', limit }: PageRequest,
): Page<ListedAlias> {
  const known = new Set(items.map(({ aliasName }) => aliasName))
  const predefined = awsManagedKeyServices
    .map(service => ({ accountId, region, aliasName: awsManagedKeyAlias(service) }))
    .filter(({ aliasName: name }) => !known.has(name) && name > after && (next === undefined || name <= next))
  const all = [...items, ...predefined].sort((a, b) => (a.aliasName < b.aliasName ? -1 : 1))
  const page = toPage(all, limit, ({ aliasName }) => aliasName)
  return { items: page.items, next: page.next ?? next }
}

function renderAlias(alias: ListedAlias) {
  const named = { AliasName: alias.aliasName, AliasArn: aliasArn(alias, alias.aliasName) }
  if (!('targetKeyId' in alias)) return named
  return {
    ...named,
    TargetKeyId: alias.targetKeyId,
    CreationDate: alias.createdAt,
    LastUpdatedDate: alias.updatedAt,
  }
}
