import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar'
import { I18nProvider } from '@cloudscape-design/components/i18n'
import messages from '@cloudscape-design/components/i18n/messages/all.en'
import { QueryClientProvider } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { useRoute } from '../route/use-route.ts'
import type { Session } from '../session/session.ts'
import { HelpContext, type HelpTopic } from '../ui/help.tsx'
import { lazyPart } from '../ui/lazy-part.ts'
import { Loading } from '../ui/states/loaded.tsx'
import { Breadcrumbs } from './breadcrumbs.tsx'
import { Navigation } from './navigation.tsx'
import { Notices } from './notices.tsx'
import { Page } from './page.tsx'
import { PageBoundary } from './page-boundary.tsx'
import { queryClient } from './query-client.ts'
import { SessionWatch } from './session-watch.tsx'
import { TopBar } from './top-bar.tsx'

const Help = lazyPart(() => import('./help.tsx').then(part => part.Help))

/** The frame around every page: the bar at the top, the navigation, messages, help, and the page itself. */
export function Shell({ session }: { readonly session: Session }) {
  const route = useRoute()
  const [topic, setTopic] = useState<HelpTopic>()
  const [isNavigationOpen, setNavigationOpen] = useState(() => matchMedia('(min-width: 1025px)').matches)
  return (
    <QueryClientProvider client={queryClient}>
      <I18nProvider locale="en" messages={[messages]}>
        <HelpContext value={setTopic}>
          <div id="top-bar" className="top-bar">
            <TopBar session={session} />
          </div>
          <AppLayoutToolbar
            headerSelector="#top-bar"
            ariaLabels={{
              navigation: 'Navigation',
              navigationToggle: 'Open navigation',
              navigationClose: 'Close navigation',
              notifications: 'Messages',
              tools: 'Help',
              toolsToggle: 'Open help',
              toolsClose: 'Close help',
            }}
            navigationOpen={isNavigationOpen}
            onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
            navigation={<Navigation route={route} />}
            breadcrumbs={<Breadcrumbs route={route} />}
            notifications={<Notices />}
            stickyNotifications
            toolsOpen={topic !== undefined}
            toolsHide={topic === undefined}
            onToolsChange={({ detail }) => !detail.open && setTopic(undefined)}
            tools={
              topic !== undefined && (
                <Suspense>
                  <Help topic={topic} />
                </Suspense>
              )
            }
            content={
              <PageBoundary key={route?.page}>
                <Suspense fallback={<Loading name="the page" />}>
                  <Page route={route} />
                </Suspense>
              </PageBoundary>
            }
          />
          <SessionWatch />
        </HelpContext>
      </I18nProvider>
    </QueryClientProvider>
  )
}
