import type { AnyShape, Json, Millis } from '../../../std/index.ts'

/** The way in which a protocol renders what their answers render differently. */
export interface XmlStyle {
  /** The name of the elements in a list. */
  readonly item: string
  renderTime(millis: Millis): string
}

/** Renders a value as an XML element, with the members in the order of the shape (Smithy, "AWS query protocol"). */
export function renderElement(name: string, value: Json, shape: AnyShape, style: XmlStyle): string {
  return element(name, renderContent(value, shape, style))
}

/** Returns an element around content that is already XML. */
export function element(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`
}

/** Returns an element around a text, which is escaped. */
export function textElement(name: string, text: string): string {
  return element(name, escapeText(text))
}

/** Renders the content of an element without the element itself. */
export function renderContent(value: Json, { kind }: AnyShape, style: XmlStyle): string {
  switch (kind.type) {
    case 'structure': {
      const members = value as Readonly<Record<string, Json | undefined>>
      let content = ''
      for (const [name, shape] of kind.shapes) {
        const member = members[name]
        if (member !== undefined) content += renderElement(name, member, shape, style)
      }
      return content
    }
    case 'list':
      return (value as Json[]).map(item => renderElement(style.item, item, kind.element, style)).join('')
    case 'map':
      return Object.entries(value as Readonly<Record<string, Json>>)
        .map(([key, item]) => element('entry', textElement('key', key) + textElement('value', String(item))))
        .join('')
    case 'timestamp':
      return style.renderTime((value as number) * 1000)
    default:
      return escapeText(String(value))
  }
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // XML readers turn a bare carriage return into a line feed; some also do so with the next two characters.
  '\r': '&#xD;',
  '\u0085': '&#x85;',
  '\u2028': '&#x2028;',
}

/**
 * Escapes a text. Characters that XML 1.0 does not allow even in escaped form ("2.2 Characters") are replaced: a single
 * one would make the whole answer unreadable.
 */
function escapeText(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"'\r\u0085\u2028]/g, character => escapes[character] ?? character)
}
