import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group'
import { useEffect } from 'react'
import type { Route } from '../route/route.ts'
import type { PageName } from '../route/routes.ts'
import { href } from '../route/use-route.ts'

const titles: Readonly<Record<PageName, (route: Route) => string>> = {
  keys: () => 'Customer managed keys',
  createKey: () => 'Create key',
  key: ({ params }) => params['keyId'] ?? '',
}

/** The way to the page, which is also its title. */
export function Breadcrumbs({ route }: { readonly route: Route | undefined }) {
  const title = route === undefined ? 'No page' : titles[route.page](route)
  useEffect(() => {
    document.title = `${title} | Keyward`
  }, [title])
  const items = [
    { text: 'KMS', href: href('keys') },
    ...(route === undefined || route.page === 'keys'
      ? []
      : [{ text: 'Customer managed keys', href: href('keys') }]),
    { text: title, href: route === undefined ? '' : href(route.page, route.params, route.query) },
  ]
  return <BreadcrumbGroup ariaLabel="Breadcrumbs" items={items} />
}
