import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Suspense, useEffect, useState } from 'react'
import { isSealed, serverConfig } from '../../session/server-config.ts'
import { signOutReason } from '../../session/session.ts'
import { lazyPart } from '../../ui/lazy-part.ts'
import { ErrorBox } from '../../ui/states/error-box.tsx'
import { SignInForm } from './sign-in-form.tsx'

const Issuers = lazyPart(() => import('./issuers.tsx').then(part => part.Issuers))
const Notices = lazyPart(() => import('./notices.tsx').then(part => part.Notices))

/** The page of somebody who is not signed in. `problem` is the reason why an identity provider signed nobody in. */
export function SignInPage({ problem }: { readonly problem: Error | undefined }) {
  const [sealed, setSealed] = useState(false)
  useEffect(() => {
    document.title = 'Sign in | Keyward'
    isSealed().then(setSealed, () => undefined)
  }, [])
  const notices = { isIdle: signOutReason() === 'idle', isSealed: sealed, isReadable: isReadable() }
  return (
    <main className="sign-in">
      <SpaceBetween size="l">
        {Object.values(notices).includes(true) && (
          <Suspense>
            <Notices {...notices} />
          </Suspense>
        )}
        {problem !== undefined && <ErrorBox error={problem} onRetry={undefined} />}
        {serverConfig().issuers.length > 0 && (
          <Suspense>
            <Issuers />
          </Suspense>
        )}
        <SignInForm />
        {serverConfig().checksSignatures && (
          <Box color="text-body-secondary" fontSize="body-s">
            The file <Box variant="code">credentials</Box> in the data directory of the server has the first
            access key.
          </Box>
        )}
      </SpaceBetween>
    </main>
  )
}

/** Whether others on the network can read what the page sends. */
function isReadable(): boolean {
  return location.protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(location.hostname)
}
