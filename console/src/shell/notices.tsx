import { Suspense, useEffect, useState } from 'react'
import { useFlashes } from '../ui/flash.ts'
import { lazyPart } from '../ui/lazy-part.ts'

const Messages = lazyPart(() => import('./messages.tsx').then(part => part.Messages))

/** The messages above the page. The code that shows them is loaded with the first. */
export function Notices() {
  const flashes = useFlashes()
  const isOutdated = useOutdated()
  if (flashes.length === 0 && !isOutdated) return null
  return (
    <Suspense>
      <Messages flashes={flashes} isOutdated={isOutdated} />
    </Suspense>
  )
}

/** Whether the server has a newer console, which has files of other names. */
function useOutdated(): boolean {
  const [isOutdated, setOutdated] = useState(false)
  useEffect(() => {
    const onError = () => setOutdated(true)
    addEventListener('vite:preloadError', onError)
    return () => removeEventListener('vite:preloadError', onError)
  }, [])
  return isOutdated
}
