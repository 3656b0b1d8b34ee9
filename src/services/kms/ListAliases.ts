import {
  type Alias,
  aliasArn,
  keyArn,
  keyNotFound,
  parseKeyIdentifier,
  type Scope,
} from '../../domain/index.ts'
import { operation } from '../../pipeline/index.ts'
import { list, structure, timestamp } from '../../std/index.ts'
import type { Reader } from '../../store/index.ts'
import { listingOf, pageInput, pageOutput, pageRequest, renderPage } from './paging.ts'
import { aliasNameType, arnType, keyIdType } from './shapes.ts'

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
    const page = await store.listAliases(scope, targetKeyId, pageRequest(hsm, listing, input, 50))
    return { Aliases: page.items.map(renderAlias), ...renderPage(hsm, listing, page) }
  },
})

/** The filter is no key requirement: listing aliases takes no permission on the key. */
async function findTarget(keyId: string, scope: Scope, store: Reader): Promise<string> {
  const identifier = parseKeyIdentifier(keyId, 'key', scope)
  if (identifier.type !== 'key' || identifier.scope.accountId !== scope.accountId) throw keyNotFound(keyId)
  if ((await store.findKey(scope, identifier.keyId)) === undefined)
    throw keyNotFound(keyArn(scope, identifier.keyId))
  return identifier.keyId
}

function renderAlias(alias: Alias) {
  return {
    AliasName: alias.aliasName,
    AliasArn: aliasArn(alias, alias.aliasName),
    TargetKeyId: alias.targetKeyId,
    CreationDate: alias.createdAt,
    LastUpdatedDate: alias.updatedAt,
  }
}
