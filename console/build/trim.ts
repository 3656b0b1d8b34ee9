import type { Plugin } from 'vite'

const components = '/@cloudscape-design/components/'

/**
 * Modules for features that the console does not have: news about features in a drawer, and columns in an order of one's own. Both bring
 * a library for drag and drop, which would be a twentieth of a first visit.
 */
const unusedModules = [
  `${components}app-layout/visual-refresh-toolbar/drawer/feature-notifications-drawer-content.js`,
  `${components}collection-preferences/content-display/index.js`,
]
const nothing = 'export default () => null\nexport const RuntimeContentPart = () => null\n'

/** The texts of all components. */
const messages = `${components}i18n/messages/all.en.js`
const unusedMessages = [
  ...['code-editor', 'features-notification-drawer', 'list', 'pie-chart', 'prompt-input'],
  ...['s3-resource-selector', 'split-panel', 'tag-editor', 'tutorial-panel'],
]

/** Leaves out parts of the design system. The build fails if one of them is not there any more, so that a list does not outlive its reason. */
export const leaveOut: Plugin = {
  name: 'leave-out',
  enforce: 'pre',
  transform(code, id) {
    const path = id.replaceAll('\\', '/')
    if (unusedModules.some(name => path.endsWith(name))) return { code: nothing, map: null }
    return path.endsWith(messages) ? { code: withoutMessages(code), map: null } : null
  },
  buildEnd(error) {
    if (error !== undefined) return
    const ids = Array.from(this.getModuleIds())
    const missing = [...unusedModules, messages].filter(name => !ids.some(id => id.endsWith(name)))
    if (missing.length > 0) throw new Error(`The design system has no ${missing.join(', ')} any more.`)
  },
}

function withoutMessages(code: string): string {
  const json = /^export default (\{.*\});?\s*$/s.exec(code)?.[1]
  if (json === undefined) throw new Error('The messages of the design system have a different form now.')
  const all = JSON.parse(json) as { 'cloudscape-design-components': { en: Record<string, unknown> } }
  const { en } = all['cloudscape-design-components']
  for (const name of unusedMessages) {
    if (en[name] === undefined) throw new Error(`The design system has no messages for ${name} any more.`)
    delete en[name]
  }
  return `export default ${JSON.stringify(all)}`
}
