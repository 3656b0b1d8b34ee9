import '@cloudscape-design/global-styles/index.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element for the console.')
createRoot(root).render(<App />)
