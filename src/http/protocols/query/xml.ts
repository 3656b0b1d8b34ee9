import type { AnyShape, Json } from '../../../std/index.ts'

/** A value as an XML element, in the order in which its shape declares its members (Smithy, "AWS query protocol"). */
export function renderElement(name: string, value: Json, shape: AnyShape): string {
  return element(name, renderContent(value, shape))
}

/** An element around content that is XML already. */
export function element(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`
}

export function textElement(name: string, text: string): string {
  return element(name, escapeText(text))
}

function renderContent(value: Json, { kind }: AnyShape): string {
  switch (kind.type) {
    case 'structure': {
      const members = value as Readonly<Record<string, Json | undefined>>
      let content = ''
      for (const [name, shape] of kind.shapes) {
        const member = members[name]
        if (member !== undefined) content += renderElement(name, member, shape)
      }
      return content
    }
    case 'list':
      return (value as Json[]).map(item => renderElement('member', item, kind.element)).join('')
    case 'map':
      return Object.entries(value as Readonly<Record<string, Json>>)
        .map(([key, item]) => element('entry', textElement('key', key) + textElement('value', String(item))))
        .join('')
    case 'timestamp':
      return renderTime(value as number)
    default:
      return escapeText(String(value))
  }
}

/** To the second, as IAM and STS answer them: `2026-11-24T00:15:00Z`. */
function renderTime(seconds: number): string {
  return `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19)}Z`
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // Readers make a line feed of a bare one, and of these others some do.
  '\r': '&#xD;',
  '\u0085': '&#x85;',
  '\u2028': '&#x2028;',
}

/** What may not stand in XML 1.0 at all, escaped or not ("2.2 Characters"), is replaced: one such would spoil the answer. */
function escapeText(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"'\r\u0085\u2028]/g, character => escapes[character] ?? character)
}
