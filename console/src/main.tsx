import '@cloudscape-design/global-styles/index.css'
import './ui/console.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { loadServerConfig } from './session/server-config.ts'
import { resume } from './session/sign-in.ts'
import { startTheme } from './ui/theme.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element for the console.')
startTheme()
try {
  await loadServerConfig()
  await resume()
  createRoot(root).render(<App />)
} catch {
  root.textContent = 'The server does not answer. Load the page again.'
}
