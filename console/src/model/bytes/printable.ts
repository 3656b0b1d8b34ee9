/** Letters, marks, digits, punctuation, symbols and the plain space: characters that show as they are. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u

/**
 * Whether a text shows as it is. Control characters do not, nor those that change the direction of writing: they could make a text look like
 * a different one (Unicode Technical Standard 55).
 */
export const isPrintable = (text: string): boolean => printable.test(text)

/** The text that bytes are in UTF-8, of printable characters, tabs and ends of lines. Undefined if they are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return isPrintable(text.replaceAll(/[\t\r\n]/g, '')) ? text : undefined
  } catch {
    return undefined
  }
}
