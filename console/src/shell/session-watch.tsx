import { Suspense, useEffect, useState, useSyncExternalStore } from 'react'
import { watchIdle } from '../session/idle.ts'
import { isSessionOver, onSessionChange, signOut } from '../session/session.ts'
import { lazyPart } from '../ui/lazy-part.ts'

const IdleWarning = lazyPart(() => import('./session-modals.tsx').then(part => part.IdleWarning))
const SignInAgain = lazyPart(() => import('./session-modals.tsx').then(part => part.SignInAgain))

/** Watches over the session: warns before it ends without input, and asks for a new sign-in when it is over. */
export function SessionWatch() {
  const [secondsLeft, setSecondsLeft] = useState<number>()
  const isOver = useSyncExternalStore(onSessionChange, isSessionOver)
  useEffect(() => watchIdle(setSecondsLeft, () => signOut('idle')), [])
  return (
    <Suspense>
      {isOver && <SignInAgain />}
      {!isOver && secondsLeft !== undefined && <IdleWarning secondsLeft={secondsLeft} />}
    </Suspense>
  )
}
