import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

/** The value of an `integrity` attribute (W3C, Subresource Integrity). */
export function integrityOf(content: Uint8Array): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`
}

/** The id of the data block that has the hashes of the style sheets. */
const stylesId = 'styles'

/**
 * Style sheets that Vite links later are not in an import map, which is for modules. This changes the helper of Vite that links them:
 * each gets its hash from a data block of the page. A sheet that is not listed has a hash that nothing has, so that it does not load.
 */
export const checkLazyStyles: Plugin = {
  name: 'check-lazy-styles',
  transform(code, id) {
    if (id !== '\0vite/preload-helper.js') return null
    const place = 'link.href = dep.href;'
    if (!code.includes(place)) throw new Error('Vite links lazy style sheets in a different way now.')
    const hash = `JSON.parse(document.getElementById("${stylesId}").textContent)[dep.pathname] ?? "sha256-none"`
    return { code: code.replace(place, `${place} if (isCss) link.integrity = ${hash};`), map: null }
  },
}

/** The page with the hashes of everything that it loads, and the hash of its inline import map for the policy. */
export interface CheckedPage {
  readonly html: string
  /** As a source of `script-src`. */
  readonly importMapHash: string
}

/** Adds the hashes of all scripts and styles to the page. `files` has the content of each by its path in the address. */
export function addIntegrity(html: string, files: ReadonlyMap<string, Uint8Array>): CheckedPage {
  const hashes = (ending: string) =>
    Object.fromEntries(
      Array.from(files)
        .filter(([path]) => path.endsWith(ending))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, content]) => [path, integrityOf(content)]),
    )
  const [scripts, styles] = [hashes('.js'), hashes('.css')]
  const withAttributes = html.replaceAll(
    /<(script|link)\b([^>]*?\b(?:src|href)="([^"]+\.(?:js|css))"[^>]*)>/g,
    (_whole, tag: string, attributes: string, path: string) => {
      const hash = scripts[path] ?? styles[path]
      if (hash === undefined) throw new Error(`The page loads ${path}, which was not built.`)
      return `<${tag}${attributes} integrity="${hash}">`
    },
  )
  const importMap = JSON.stringify({ integrity: scripts })
  const blocks = `<script type="importmap">${importMap}</script>\n    <script type="application/json" id="${stylesId}">${JSON.stringify(styles)}</script>\n    `
  const first = withAttributes.search(/<(?:script|link rel="modulepreload")\b/)
  if (first < 0) throw new Error('The page loads no script.')
  return {
    html: withAttributes.slice(0, first) + blocks + withAttributes.slice(first),
    importMapHash: `sha256-${createHash('sha256').update(importMap).digest('base64')}`,
  }
}
