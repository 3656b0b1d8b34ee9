import { now } from './clock.ts'
import { preference } from './preferences.ts'

/** The choices of how many minutes without any input end a session. */
export const idleMinutesChoices = [5, 15, 30, 60] as const
export const idlePreference = 'idle.minutes'

/** How long before the end a warning shows. */
export const warningSeconds = 60

const isChoice = (value: unknown): value is number => idleMinutesChoices.some(choice => choice === value)

/** Minutes without input after which the console signs out. */
export function idleMinutes(): number {
  return preference(idlePreference, isChoice, 15)
}

/**
 * Watches for input. Calls `onChange` each second with the seconds that are left if fewer than `warningSeconds` are, and with undefined
 * once there is input again. Calls `onIdle` at the end. The answer ends the watch.
 */
export function watchIdle(
  onChange: (secondsLeft: number | undefined) => void,
  onIdle: () => void,
): () => void {
  let lastInput = now().getTime()
  let isWarned = false
  const onInput = () => {
    lastInput = now().getTime()
    if (isWarned) onChange(undefined)
    isWarned = false
  }
  const events = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const
  for (const event of events) addEventListener(event, onInput, { passive: true, capture: true })
  const timer = setInterval(() => {
    const secondsLeft = Math.ceil(idleMinutes() * 60 - (now().getTime() - lastInput) / 1000)
    if (secondsLeft <= 0) onIdle()
    else if (secondsLeft <= warningSeconds) {
      isWarned = true
      onChange(secondsLeft)
    }
  }, 1000)
  return () => {
    clearInterval(timer)
    for (const event of events) removeEventListener(event, onInput, { capture: true })
  }
}
