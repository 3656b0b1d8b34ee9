import { invalidGrantId, ServiceError, validation } from '../../../domain/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import type { Caller } from '../../../operation/index.ts'
import { list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { listingOf, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import {
  grantIdType,
  grantListEntryType,
  keyIdType,
  principalIdType,
  servicePrincipalType,
} from '../wire/shapes.ts'
import { renderGrant } from './grant-entry.ts'
import { notPrincipal, readParty } from './grant-parties.ts'

/** Gets a list of the grants for a KMS key. */
export const ListGrants = operation({
  name: 'ListGrants',
  effect: 'read',
  input: structure({
    KeyId: required(keyIdType),
    GrantId: grantIdType,
    GranteePrincipal: principalIdType,
    GranteeServicePrincipal: servicePrincipalType,
    ...pageInput(100),
  }),
  output: structure({ Grants: list(grantListEntryType), ...pageOutput }),
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      crossAccount: true,
      conditions: (_input, { isByService }) => ({ 'kms:GrantIsForAWSResource': isByService }),
    },
  },
  async handle({ input, key, scope, caller, store, hsm }) {
    const { GrantId: grantId, GranteePrincipal: principal, GranteeServicePrincipal: service } = input
    if (principal !== undefined && service !== undefined) {
      throw validation('You cannot specify both GranteePrincipal and GranteeServicePrincipal.')
    }
    if (service !== undefined && caller.identity.principal.type !== 'AWSService')
      throw notOfService(caller, key)
    if (grantId !== undefined && !isGrantId(grantId)) throw invalidGrantId()
    const grantee = await readParty(store, principal, service, notPrincipal)
    const listing = listingOf('ListGrants', scope, key.arn, grantId, principal, service)
    const request = pageRequest(hsm, listing, input, 50)
    const page = await store.grants.list(key.key, key.key.keyId, { grantId, grantee }, request)
    return { Grants: page.items.map(renderGrant), ...renderPage(hsm, listing, page) }
  },
})

/** API reference, "ListGrants": only services may filter by a grantee service principal. */
const notOfService = ({ identity }: Caller, { arn }: ResolvedKey) =>
  new ServiceError(
    'AccessDeniedException',
    `User: ${identity.principal.arn} is not authorized to perform: kms:ListGrants on resource: ${arn}`,
    { reason: 'only services may use GranteeServicePrincipal' },
  )

/** Whether a text has the form of a grant id. */
export function isGrantId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
