/** What stands in a pattern for other characters, beside the codes of characters themselves. */
export const anyCharacters = -1
export const oneCharacter = -2
