import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation'
import type { Route } from '../route/route.ts'
import type { PageName } from '../route/routes.ts'
import { href } from '../route/use-route.ts'
import { serverConfig } from '../session/server-config.ts'
import { places, wayTo } from './places.ts'

/** The pages that the navigation leads to, by section. */
const sections: readonly { readonly title?: string; readonly pages: readonly PageName[] }[] = [
  { pages: ['awsKeys', 'keys'] },
  { title: 'Custom key stores', pages: ['cloudHsmStores', 'externalStores'] },
  { title: 'Access', pages: ['users', 'groups', 'roles', 'policies', 'why', 'whoCan'] },
  { title: 'Audit', pages: ['events'] },
  { title: 'Server', pages: ['health', 'endpoints', 'organization'] },
]

/** Pages about something that the operator configures, or not. */
const isConfigured: Readonly<Partial<Record<PageName, () => boolean>>> = {
  endpoints: () => serverConfig().features.privateEndpoints,
  organization: () => serverConfig().features.organizationPolicies,
}

/** The pages that there are. */
export function Navigation({ route }: { readonly route: Route | undefined }) {
  const active = route === undefined ? undefined : wayTo(route.page)[0]
  return (
    <SideNavigation
      header={{ text: 'Key Management Service', href: href('keys') }}
      activeHref={active === undefined ? '' : href(active)}
      items={sections.flatMap(({ title, pages }): SideNavigationProps.Item[] => {
        const links = pages.filter(page => isConfigured[page]?.() !== false).map(page => linkTo(page, route))
        return title === undefined ? links : [{ type: 'section-group', title, items: links }]
      })}
    />
  )
}

function linkTo(page: PageName, route: Route | undefined): SideNavigationProps.Link {
  const title = places[page].title(route ?? { region: '', page, params: {}, query: {} })
  return { type: 'link', text: title, href: href(page) }
}
