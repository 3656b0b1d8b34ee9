import { Suspense, useSyncExternalStore } from 'react'
import { SignInPage } from './pages/sign-in/sign-in-page.tsx'
import { currentSession, onSessionChange } from './session/session.ts'
import { lazyPart } from './ui/lazy-part.ts'

const Shell = lazyPart(() => import('./shell/shell.tsx').then(part => part.Shell))

/** The whole console: the sign-in, or the shell with its pages. */
export function App({ problem }: { readonly problem: Error | undefined }) {
  const session = useSyncExternalStore(onSessionChange, currentSession)
  if (session === undefined) return <SignInPage problem={problem} />
  return (
    <Suspense>
      <Shell session={session} />
    </Suspense>
  )
}
