import { useEffect, useState } from 'react'

/** The time before a wait shows: most answers are here before, and a flash of it would disturb. */
const quietMillis = 300

/** Whether something has been waited for so long that a page should say so. */
export function useLate(isWaiting: boolean): boolean {
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    if (!isWaiting) return
    const timer = setTimeout(() => setLate(true), quietMillis)
    return () => {
      clearTimeout(timer)
      setLate(false)
    }
  }, [isWaiting])
  return isLate
}
