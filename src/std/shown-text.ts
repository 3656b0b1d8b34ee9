/** Controls, marks that turn the direction of a line, halves of surrogate pairs, and the separators of lines (Unicode 17, chapter 4.5). */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const lineEnds = /\r\n|[\n\r\u2028\u2029]/g

/**
 * Returns a text from outside as it is shown to people: on one line, with a space for the end of each of its own, and without
 * characters that command a terminal or make a line look like a different one, which become `\u{1b}`.
 */
export function shownText(text: string): string {
  return text
    .replace(lineEnds, ' ')
    .replace(unseen, character => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
