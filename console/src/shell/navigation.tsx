import SideNavigation from '@cloudscape-design/components/side-navigation'
import type { Route } from '../route/route.ts'
import { href } from '../route/use-route.ts'

/** The pages that there are. */
export function Navigation({ route }: { readonly route: Route | undefined }) {
  const isOfKeys = route !== undefined
  return (
    <SideNavigation
      header={{ text: 'Key Management Service', href: href('keys') }}
      activeHref={isOfKeys ? href('keys') : ''}
      items={[{ type: 'link', text: 'Customer managed keys', href: href('keys') }]}
    />
  )
}
