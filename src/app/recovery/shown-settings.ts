import type { SettingValues } from '../config/settings.ts'

/**
 * The place of a server in a URL. A user's password, a path and a query may be secrets, and may have commas and quotes, so the text up
 * to the next space goes with them.
 */
const url = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/"]*@)?([^\s/?#@'",}\]]+)[^\s"]*/gi

/**
 * Returns the settings as a backup keeps them, in clear for everybody who can open it: without what a URL can hide, such as
 * the token in the URL of a webhook.
 */
export function shownSettings(values: SettingValues): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.replaceAll(url, '$1$3')]),
  )
}
