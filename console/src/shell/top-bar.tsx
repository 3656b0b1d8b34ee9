import TopNavigation from '@cloudscape-design/components/top-navigation'
import { Suspense, useState } from 'react'
import { renderRoute } from '../route/route.ts'
import { currentRegion, currentRoute, href, navigate } from '../route/use-route.ts'
import { idleMinutes, idleMinutesChoices, idlePreference } from '../session/idle.ts'
import { setPreference } from '../session/preferences.ts'
import { serverConfig } from '../session/server-config.ts'
import type { Session } from '../session/session.ts'
import { lazyPart } from '../ui/lazy-part.ts'
import { chooseTheme, chosenTheme, type Theme, themes } from '../ui/theme.ts'
import { chooseOfUserMenu, nameOf, userMenu } from './user-menu.ts'

const SwitchRole = lazyPart(() => import('./switch-role.tsx').then(part => part.SwitchRole))

const themeNames: Readonly<Record<Theme, string>> = { system: 'As the system', light: 'Light', dark: 'Dark' }

/** The bar at the top: the Region, the look, and who is signed in. */
export function TopBar({ session }: { readonly session: Session }) {
  const [switching, setSwitching] = useState<{ readonly role: string | undefined }>()
  const [theme, setTheme] = useState(chosenTheme)
  const [minutes, setMinutes] = useState(idleMinutes)
  const region = currentRegion()
  const choose = (id: string) => {
    const [kind, value = ''] = id.split(':')
    if (kind === 'theme') {
      chooseTheme(value as Theme)
      setTheme(value as Theme)
    } else if (kind === 'idle') {
      setPreference(idlePreference, Number(value))
      setMinutes(Number(value))
    }
  }
  return (
    <>
      <TopNavigation
        identity={{ href: href('keys'), title: 'Keyward' }}
        utilities={[
          {
            type: 'menu-dropdown',
            text: region,
            ariaLabel: `Region ${region}`,
            items: serverConfig().regions.map(id => ({ id, text: id, ...chosen(id === region) })),
            onItemClick: ({ detail }) => navigate(inRegion(detail.id)),
          },
          {
            type: 'menu-dropdown',
            iconName: 'settings',
            ariaLabel: 'Settings',
            title: 'Settings',
            items: settingsOf(theme, minutes),
            onItemClick: ({ detail }) => choose(detail.id),
          },
          {
            type: 'menu-dropdown',
            iconName: 'user-profile',
            text: nameOf(session.arn),
            description: `Account ${session.accountId}`,
            items: userMenu(session),
            onItemClick: ({ detail }) => chooseOfUserMenu(detail.id, role => setSwitching({ role })),
          },
        ]}
      />
      {switching !== undefined && (
        <Suspense>
          <SwitchRole session={session} role={switching.role} onClose={() => setSwitching(undefined)} />
        </Suspense>
      )}
    </>
  )
}

const chosen = (isChosen: boolean) => (isChosen ? { iconName: 'check' as const } : {})

/** The menu of the settings, in which the chosen ones have a mark. */
function settingsOf(theme: Theme, minutes: number) {
  return [
    {
      id: 'themes',
      text: 'Theme',
      items: themes.map(id => ({ id: `theme:${id}`, text: themeNames[id], ...chosen(id === theme) })),
    },
    {
      id: 'idle',
      text: 'Sign out without input',
      items: idleMinutesChoices.map(count => ({
        id: `idle:${count}`,
        text: `After ${count} minutes`,
        ...chosen(count === minutes),
      })),
    },
  ]
}

/** The same page in a different Region; the list if the page is about one key, which the other Region does not have. */
function inRegion(region: string): string {
  const route = currentRoute()
  return route === undefined || Object.keys(route.params).length > 0
    ? renderRoute(region, 'keys')
    : renderRoute(region, route.page)
}
