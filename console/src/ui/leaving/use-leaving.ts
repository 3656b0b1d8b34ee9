import { useEffect, useRef, useState } from 'react'
import { keepPlace, navigate } from '../../route/use-route.ts'

/** Asks before a page with unsaved work is left, whatever way: `wanted` is the address that somebody asked for. */
export function useLeaving(hasWork: boolean) {
  const [wanted, setWanted] = useState<string>()
  const release = useRef<(() => void) | undefined>(undefined)
  useEffect(() => {
    if (!hasWork) return
    release.current = keepPlace(setWanted)
    return () => release.current?.()
  }, [hasWork])
  return {
    wanted,
    stay: () => setWanted(undefined),
    /** Goes to an address without a question. */
    leave: (address: string) => {
      release.current?.()
      navigate(address)
    },
  }
}
