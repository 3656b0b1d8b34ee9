import { type PageName, routes } from './routes.ts'

/** A place in the console: `#/REGION/PATH?QUERY`. */
export interface Route {
  readonly region: string
  readonly page: PageName
  /** The values of the parts of the path that the template names, such as `keyId`. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

/** Reads the fragment of an address. Undefined if it names no page. */
export function parseRoute(hash: string): Route | undefined {
  const [, region, path, query = ''] = /^#\/([\w-]+)\/([^?]*)(?:\?(.*))?$/s.exec(hash) ?? []
  if (region === undefined || path === undefined) return undefined
  const parts = path.split('/')
  for (const [page, template] of Object.entries(routes) as [PageName, string][]) {
    const params = match(template.split('/'), parts)
    if (params !== undefined)
      return { region, page, params, query: Object.fromEntries(new URLSearchParams(query)) }
  }
  return undefined
}

function match(template: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (template.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, expected] of template.entries()) {
    const part = parts[index] ?? ''
    if (!expected.startsWith(':')) {
      if (part !== expected) return undefined
      continue
    }
    try {
      params[expected.slice(1)] = decodeURIComponent(part)
    } catch {
      return undefined
    }
    if (part === '') return undefined
  }
  return params
}

/** The fragment of a place. Parameters may have any characters, also `/`: an alias has them. */
export function renderRoute(
  region: string,
  page: PageName,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string>> = {},
): string {
  const path = routes[page]
    .split('/')
    .map(part => (part.startsWith(':') ? encodeURIComponent(params[part.slice(1)] ?? '') : part))
    .join('/')
  const asked = new URLSearchParams(query).toString()
  return `#/${region}/${path}${asked === '' ? '' : `?${asked}`}`
}
