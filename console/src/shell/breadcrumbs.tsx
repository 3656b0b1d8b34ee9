import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group'
import { useEffect } from 'react'
import type { Route } from '../route/route.ts'
import { href } from '../route/use-route.ts'
import { places, wayTo } from './places.ts'

/** The way to the page, which is also its title. */
export function Breadcrumbs({ route }: { readonly route: Route | undefined }) {
  const title = route === undefined ? 'No page' : places[route.page].title(route)
  useEffect(() => {
    document.title = `${title} | Keyward`
  }, [title])
  const above = route === undefined ? [] : wayTo(route.page).slice(0, -1)
  const items = [
    { text: 'KMS', href: href('keys') },
    ...above.map(page => ({
      text: route === undefined ? '' : places[page].title(route),
      href: href(page, route?.params),
    })),
    { text: title, href: route === undefined ? '' : href(route.page, route.params, route.query) },
  ]
  return <BreadcrumbGroup ariaLabel="Breadcrumbs" items={items} />
}
