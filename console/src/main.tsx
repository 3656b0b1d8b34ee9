import '@cloudscape-design/global-styles/index.css'
import './ui/console.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { isCallback } from './route/callback.ts'
import { loadServerConfig } from './session/server-config.ts'
import { resume } from './session/sign-in.ts'
import { startTheme } from './ui/theme.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element for the console.')
startTheme()
try {
  await loadServerConfig()
  createRoot(root).render(<App problem={await begin()} />)
} catch {
  root.textContent = 'The server does not answer. Load the page again.'
}

/** Begins the session, if there is one: that of an identity provider that returns here, or that of this tab. Returns what went wrong. */
async function begin(): Promise<Error | undefined> {
  if (!isCallback()) {
    await resume()
    return undefined
  }
  try {
    const { finishSignIn } = await import('./session/oidc.ts')
    await finishSignIn()
    return undefined
  } catch (thrown) {
    return thrown as Error
  }
}
