import { applyMode, Mode } from '@cloudscape-design/global-styles'
import { preference, setPreference } from '../session/preferences.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const isTheme = (value: unknown): value is Theme => themes.some(theme => theme === value)
const darkSystem = matchMedia('(prefers-color-scheme: dark)')

/** The theme that this browser is to have. */
export function chosenTheme(): Theme {
  return preference('theme', isTheme, 'system')
}

/** Shows the chosen theme, and follows the system's if that is the choice. */
export function startTheme(): void {
  apply()
  darkSystem.addEventListener('change', apply)
}

export function chooseTheme(theme: Theme): void {
  setPreference('theme', theme)
  apply()
}

/** Whether dark shows now. */
export function isDark(): boolean {
  const theme = chosenTheme()
  return theme === 'system' ? darkSystem.matches : theme === 'dark'
}

function apply(): void {
  applyMode(isDark() ? Mode.Dark : Mode.Light)
  // The scroll bars and the fields of the browser itself.
  document.documentElement.style.colorScheme = isDark() ? 'dark' : 'light'
}
