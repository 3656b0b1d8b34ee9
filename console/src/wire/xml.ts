/** An element of an XML answer. Answers have no attributes that mean something, and no text beside elements. */
export interface XmlElement {
  readonly name: string
  readonly children: readonly XmlElement[]
  readonly text: string
}

const tag = /<(?:(\/)([\w.-]+)\s*|([\w.-]+)((?:\s+[\w:.-]+\s*=\s*"[^"<]*")*)\s*(\/)?|\?[^>]*\?)>/y

/**
 * Reads an XML answer of a service (AWS Query). The parser of the browser is not used, because the security policy of the console
 * forbids to make documents from texts (Trusted Types). Throws Error for what is not such an answer.
 */
export function readXml(text: string): XmlElement {
  const root = { name: '', children: [] as XmlElement[], text: '' }
  const open = [root]
  let at = 0
  while (at < text.length) {
    const current = open.at(-1) ?? root
    const next = text.indexOf('<', at)
    if (next !== at) {
      current.text += decode(text.slice(at, next < 0 ? text.length : next))
      at = next < 0 ? text.length : next
      continue
    }
    tag.lastIndex = at
    const found = tag.exec(text)
    if (found === null) throw new Error('The answer is not XML.')
    at = tag.lastIndex
    const [, closes, closed, opened, , isEmpty] = found
    if (closes !== undefined) {
      if (open.length === 1 || current.name !== closed) throw new Error('The answer is not XML.')
      open.pop()
    } else if (opened !== undefined) {
      const element = { name: opened, children: [], text: '' }
      current.children.push(element)
      if (isEmpty === undefined) open.push(element)
    }
  }
  const [only] = root.children
  if (open.length !== 1 || only === undefined || root.children.length > 1)
    throw new Error('The answer is not XML.')
  return only
}

const entities: Readonly<Record<string, string>> = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' }

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? whole
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal))
  })
}

/** The text of the first child with this name; empty if there is none. */
export function textIn(element: XmlElement, name: string): string {
  return element.children.find(child => child.name === name)?.text ?? ''
}

/** The members of an answer that are not texts, by name. No answer of IAM or STS has two meanings for a name. */
export interface XmlTypes {
  readonly lists?: readonly string[]
  readonly times?: readonly string[]
  readonly booleans?: readonly string[]
  readonly numbers?: readonly string[]
}

/** Returns the value of an element: an object of its children, a list of its members, or its text in its type. */
export function typedValue(element: XmlElement, types: XmlTypes): unknown {
  const { name, children, text } = element
  if (types.lists?.includes(name) === true) return children.map(child => typedValue(child, types))
  if (children.length > 0)
    return Object.fromEntries(children.map(child => [child.name, typedValue(child, types)]))
  if (types.times?.includes(name) === true) return new Date(text)
  if (types.booleans?.includes(name) === true) return text === 'true'
  return types.numbers?.includes(name) === true ? Number(text) : text
}
