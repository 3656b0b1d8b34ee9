import { isPrintable } from '../bytes/printable.ts'

/** The rules of a language for the characters of a string. */
interface StringRules {
  readonly quote: string
  /** Writes a character that does not show as it is. */
  readonly escaped: (codePoint: number) => string
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

/** Returns the writer of string literals of a language. A text is well-formed UTF-16. */
function writer({ quote, escaped }: StringRules): (text: string) => string {
  const write = (character: string) => {
    if (character === quote) return `\\${quote}`
    return short[character] ?? (isPrintable(character) ? character : escaped(character.codePointAt(0) ?? 0))
  }
  return text => quote + Array.from(text, write).join('') + quote
}

/** `\u` and four digits, or `\U` and eight: Python, Go and C#. */
const fourOrEight = (codePoint: number) =>
  codePoint <= 0xffff ? `\\u${hex(codePoint, 4)}` : `\\U${hex(codePoint, 8)}`
const inBraces = (codePoint: number) => `\\u{${hex(codePoint, 1)}}`
/** Java writes each UTF-16 unit. The ends of lines and the quotes, which must not be written so (JLS 3.3), have short forms. */
const units = (codePoint: number) =>
  Array.from({ length: codePoint > 0xffff ? 2 : 1 }, (_, index) =>
    hex(String.fromCodePoint(codePoint).charCodeAt(index), 4),
  )
    .map(unit => `\\u${unit}`)
    .join('')

/** The string literal of a text in each language. */
export const literals = {
  dotnet: writer({ quote: '"', escaped: fourOrEight }),
  go: writer({ quote: '"', escaped: fourOrEight }),
  java: writer({ quote: '"', escaped: units }),
  javascript: writer({ quote: "'", escaped: inBraces }),
  python: writer({ quote: '"', escaped: fourOrEight }),
  rust: writer({ quote: '"', escaped: inBraces }),
} as const

/** JSON with nothing but printable characters. */
export function printableJson(value: unknown): string {
  return Array.from(JSON.stringify(value), character =>
    isPrintable(character) ? character : units(character.codePointAt(0) ?? 0),
  ).join('')
}
