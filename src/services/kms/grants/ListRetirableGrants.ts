import { parsePrincipalArn, ServiceError, validation } from '../../../domain/index.ts'
import { list, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { listingOf, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { grantListEntryType, principalIdType, servicePrincipalType } from '../wire/shapes.ts'
import { renderGrant } from './grant-entry.ts'
import { notPrincipal, readParty } from './grant-parties.ts'

/** Returns the grants in the caller's Region that have a given retiring principal or retiring service principal. */
export const ListRetirableGrants = operation({
  name: 'ListRetirableGrants',
  effect: 'read',
  input: structure({
    RetiringPrincipal: principalIdType,
    RetiringServicePrincipal: servicePrincipalType,
    ...pageInput(100),
  }),
  output: structure({ Grants: list(grantListEntryType), ...pageOutput }),
  async handle({ input, caller, scope, store, hsm }) {
    const { RetiringPrincipal: principal, RetiringServicePrincipal: service } = input
    const retiring = await readParty(store, principal, service, notParty)
    if (retiring === undefined || (principal !== undefined && service !== undefined)) {
      throw validation('You must specify either RetiringPrincipal or RetiringServicePrincipal.')
    }
    // Services and other accounts ask about their own principals.
    if (retiring.type === 'service' || accountOf(retiring.arn) !== scope.accountId) {
      throw notOwn(caller.identity.principal.arn)
    }
    const listing = listingOf('ListRetirableGrants', scope, retiring.arn)
    const page = await store.grants.listRetirable(
      scope.region,
      retiring,
      pageRequest(hsm, listing, input, 50),
    )
    return { Grants: page.items.map(renderGrant), ...renderPage(hsm, listing, page) }
  },
})

const accountOf = (arn: string) => parsePrincipalArn(arn)?.accountId

/** Recorded from AWS for the id of a session whose role no longer exists. */
const notParty = (principal: string) =>
  /^AROA[A-Z0-9]+:./.test(principal)
    ? new ServiceError('NotFoundException', `Retiring principal ${principal} could not be found`)
    : notPrincipal()

const notOwn = (arn: string) =>
  new ServiceError(
    'AccessDeniedException',
    `User: ${arn} is not authorized to perform: kms:ListRetirableGrants on resource: *`,
    { reason: 'the retiring principal is not in the caller’s account' },
  )
