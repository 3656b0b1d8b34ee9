import type { ComponentType } from 'react'
import { KeysPage } from '../pages/keys/keys-page.tsx'
import type { Route } from '../route/route.ts'
import type { PageName } from '../route/routes.ts'
import { lazyPart } from '../ui/lazy-part.ts'
import { NoPage } from './no-page.tsx'

const identities = lazyPart(() =>
  import('../pages/identities/identities-page.tsx').then(part => part.IdentitiesPage),
)
const identity = lazyPart(() => import('../pages/identity/identity-page.tsx').then(part => part.IdentityPage))

/** The page of each place. The list of keys comes with the shell, because it is the first that shows. */
const pages: Readonly<Record<PageName, ComponentType<{ readonly route: Route }>>> = {
  awsKeys: KeysPage,
  keys: KeysPage,
  createKey: lazyPart(() =>
    import('../pages/create-key/create-key-page.tsx').then(part => part.CreateKeyPage),
  ),
  deleteKeys: lazyPart(() =>
    import('../pages/delete-keys/delete-keys-page.tsx').then(part => part.DeleteKeysPage),
  ),
  key: lazyPart(() => import('../pages/key/key-page.tsx').then(part => part.KeyPage)),
  whoCan: lazyPart(() => import('../pages/who-can/who-can-page.tsx').then(part => part.WhoCanPage)),
  why: lazyPart(() => import('../pages/why/why-page.tsx').then(part => part.WhyPage)),
  users: identities,
  user: identity,
  groups: identities,
  group: identity,
  roles: identities,
  role: identity,
  policies: lazyPart(() => import('../pages/policies/policies-page.tsx').then(part => part.PoliciesPage)),
  policy: lazyPart(() => import('../pages/policy/policy-page.tsx').then(part => part.PolicyPage)),
  events: lazyPart(() => import('../pages/events/events-page.tsx').then(part => part.EventsPage)),
  health: lazyPart(() => import('../pages/health/health-page.tsx').then(part => part.HealthPage)),
  endpoints: lazyPart(() => import('../pages/endpoints/endpoints-page.tsx').then(part => part.EndpointsPage)),
  createEndpoint: lazyPart(() =>
    import('../pages/create-endpoint/create-endpoint-page.tsx').then(part => part.CreateEndpointPage),
  ),
  endpoint: lazyPart(() => import('../pages/endpoint/endpoint-page.tsx').then(part => part.EndpointPage)),
  organization: lazyPart(() =>
    import('../pages/organization/organization-page.tsx').then(part => part.OrganizationPage),
  ),
  event: lazyPart(() => import('../pages/event/event-page.tsx').then(part => part.EventPage)),
  cloudHsmStores: lazyPart(() =>
    import('../pages/key-stores/key-stores-page.tsx').then(part => part.CloudHsmStoresPage),
  ),
  externalStores: lazyPart(() =>
    import('../pages/key-stores/key-stores-page.tsx').then(part => part.ExternalStoresPage),
  ),
  keyStore: lazyPart(() => import('../pages/key-stores/key-store-page.tsx').then(part => part.KeyStorePage)),
  useKey: lazyPart(() => import('../pages/use/use-page.tsx').then(part => part.UsePage)),
}

export function Page({ route }: { readonly route: Route | undefined }) {
  if (route === undefined) return <NoPage />
  const Content = pages[route.page]
  return <Content route={route} />
}
