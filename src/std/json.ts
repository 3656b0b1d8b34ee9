/**
 * Parses JSON (RFC 8259). Throws SyntaxError as JSON.parse does.
 *
 * JSON.parse of Node 26.10 (V8 14.6) can read the name of a member wrong: it compares the text of the name with the name that an
 * earlier text had in the same place, and does not see that the backslash is the begin of an escape. After `{"a":0,"n\\":1}`,
 * the text `{"a":0,"n\u00e9":1}` gives the member `n\`. So a client could change how the requests of others are read. A name that was
 * read wrong always has a backslash, so an object with such a name is read again from a text without escapes.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return text.includes('\\') && hasBackslashName(value) ? parseWithoutEscapes(text) : value
}

function hasBackslashName(value: unknown): boolean {
  // Texts are as deep as their writers want, so this does not call itself.
  const open = [value]
  for (let item = open.pop(); item !== undefined || open.length > 0; item = open.pop()) {
    if (typeof item !== 'object' || item === null) continue
    if (Array.isArray(item)) {
      for (const element of item) if (isContainer(element)) open.push(element)
      continue
    }
    for (const [name, member] of Object.entries(item)) {
      if (name.includes('\\')) return true
      if (isContainer(member)) open.push(member)
    }
  }
  return false
}

const isContainer = (value: unknown) => typeof value === 'object' && value !== null

/** A character for private use. It is here the begin of a character that is written as four hex digits. */
const mark = '\ue000'
const escapesAndMarks = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))|\ue000/g
const marked = /\ue000([0-9a-f]{4})/g
const characters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/**
 * Parses a text that JSON.parse accepts. Each escape is replaced by its character, or by a mark and four hex digits where JSON has
 * no other way to write the character; after parsing, marks become characters. A mark of the text itself is written so, too, so
 * that every text can be read in a time that grows with its length alone.
 */
function parseWithoutEscapes(text: string): unknown {
  const literal = text.replaceAll(
    escapesAndMarks,
    (all, hex: string | undefined, letter: string | undefined) => {
      const character = hex === undefined ? unescaped(letter ?? all) : fromHex(hex)
      const isLiteral = character >= ' ' && character !== '"' && character !== '\\' && character !== mark
      return isLiteral ? character : mark + character.charCodeAt(0).toString(16).padStart(4, '0')
    },
  )
  return restoreAll(JSON.parse(literal), text => text.replaceAll(marked, (_all, hex: string) => fromHex(hex)))
}

const unescaped = (letter: string) => characters[letter] ?? letter

const fromHex = (hex: string) => String.fromCharCode(Number.parseInt(hex, 16))

/** Restores all names and texts. The innermost values come first, so that no call is as deep as the text. */
function restoreAll(root: unknown, restore: (text: string) => string): unknown {
  const containers: object[] = []
  const open: unknown[] = [root]
  for (let item = open.pop(); item !== undefined || open.length > 0; item = open.pop()) {
    if (typeof item !== 'object' || item === null) continue
    containers.push(item)
    for (const member of Object.values(item)) if (isContainer(member)) open.push(member)
  }
  const restored = new Map<unknown, unknown>()
  const restoredOf = (value: unknown) => {
    if (typeof value === 'string') return restore(value)
    return isContainer(value) ? restored.get(value) : value
  }
  for (const container of containers.reverse()) {
    restored.set(
      container,
      Array.isArray(container)
        ? container.map(restoredOf)
        : Object.fromEntries(
            Object.entries(container).map(([name, member]) => [restore(name), restoredOf(member)]),
          ),
    )
  }
  return restoredOf(root)
}

/** Whether a value is an object of JSON, and not an array or null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
