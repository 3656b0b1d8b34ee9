import type { Route } from '../route/route.ts'
import type { PageName } from '../route/routes.ts'

/** A page as the navigation and the breadcrumbs name it. */
interface Place {
  readonly title: (route: Route) => string
  /** The page that the way to this page leads over. */
  readonly within?: PageName
}

const named = (title: string) => ({ title: () => title })

export const places: Readonly<Record<PageName, Place>> = {
  awsKeys: named('AWS managed keys'),
  keys: named('Customer managed keys'),
  createKey: { ...named('Create key'), within: 'keys' },
  deleteKeys: { ...named('Schedule key deletion'), within: 'keys' },
  key: { title: ({ params }) => params['keyId'] ?? '', within: 'keys' },
  why: named('Why?'),
  whoCan: named('Who can?'),
  users: named('Users'),
  user: { title: ({ params }) => params['name'] ?? '', within: 'users' },
  groups: named('Groups'),
  group: { title: ({ params }) => params['name'] ?? '', within: 'groups' },
  roles: named('Roles'),
  role: { title: ({ params }) => params['name'] ?? '', within: 'roles' },
  policies: named('Policies'),
  policy: { title: ({ params }) => params['policyArn']?.replace(/^.*\//, '') ?? '', within: 'policies' },
  useKey: { ...named('Use this key'), within: 'key' },
  events: named('Event history'),
  event: { title: ({ params }) => params['eventId'] ?? '', within: 'events' },
  cloudHsmStores: named('AWS CloudHSM key stores'),
  externalStores: named('External key stores'),
  // The address does not say in which of the two lists the key store is.
  keyStore: { title: ({ params }) => params['storeId'] ?? '' },
  health: named('Health'),
  endpoints: named('Private endpoints'),
  createEndpoint: { ...named('Create endpoint'), within: 'endpoints' },
  endpoint: { title: ({ params }) => params['endpointId'] ?? '', within: 'endpoints' },
  organization: named('Organization policies'),
}

/** The way to a page: itself, and the pages that it is within. The page comes last. */
export function wayTo(page: PageName): PageName[] {
  const { within } = places[page]
  return within === undefined ? [page] : [...wayTo(within), page]
}
