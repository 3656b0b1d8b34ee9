/** `*` in a pattern: any characters, or none. The codes of characters are never negative. */
export const anyCharacters = -1
/** `?` in a pattern: exactly one character. */
export const oneCharacter = -2
