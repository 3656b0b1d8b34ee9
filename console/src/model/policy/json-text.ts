/** A fault of a text, and the place where it begins. */
export interface TextFault {
  /** The index of the character, from 0. */
  readonly at: number
  readonly message: string
}

/** A text as JSON. Without a value it is none. Members that are there twice are faults, too, but the text has a value. */
export interface JsonText {
  readonly value?: unknown
  readonly faults: readonly TextFault[]
}

/** The most arrays and objects inside one another: policies have fewer than ten, and deeper ones would fill the stack. */
const depthMax = 100

/** Reads a text as JSON (RFC 8259). Unlike `JSON.parse` it says where a fault is, and finds members that are there twice. */
export function readJson(text: string): JsonText {
  const reader = new Reader(text)
  try {
    return { value: reader.document(), faults: reader.doubles }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { faults: [...reader.doubles, { at: error.at, message: error.message }] }
  }
}

/** The line of a place in a text, from 1. */
export function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length
}

class Fault extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

const space = /[ \t\n\r]*/y
const stringToken = /"(?:[^"\\\n]|\\.)*"/y
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const wordToken = /true|false|null/y

class Reader {
  readonly doubles: TextFault[] = []
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): unknown {
    const value = this.#value()
    if (this.#at < this.#text.length) throw this.#fault('The text goes on after the end of the JSON.')
    return value
  }

  /** A value, with the white space around it. */
  #value(): unknown {
    this.#take(space)
    const value = this.#bareValue()
    this.#take(space)
    return value
  }

  #bareValue(): unknown {
    const first = this.#text[this.#at]
    if (first === '{') return this.#inside(() => this.#object())
    if (first === '[') return this.#inside(() => this.#array())
    if (first === '"') return this.#string()
    const token = this.#take(wordToken) || this.#take(numberToken)
    if (token === '') throw this.#fault(`A value must stand here, and not ${shown(first ?? '')}.`)
    return JSON.parse(token)
  }

  #inside<T>(read: () => T): T {
    if (this.#depth === depthMax) throw this.#fault(`More than ${depthMax} levels are inside one another.`)
    this.#depth += 1
    const value = read()
    this.#depth -= 1
    return value
  }

  #object(): Record<string, unknown> {
    const members = new Map<string, unknown>()
    this.#list('}', () => {
      this.#take(space)
      const at = this.#at
      if (this.#text[at] !== '"') throw this.#fault('The name of a member must stand here, in double quotes.')
      const name = this.#string()
      if (members.has(name)) this.doubles.push({ at, message: `The member ${shown(name)} is there twice.` })
      this.#take(space)
      if (this.#text[this.#at] !== ':') throw this.#fault('A colon must stand here.')
      this.#at += 1
      members.set(name, this.#value())
    })
    return Object.fromEntries(members)
  }

  #array(): unknown[] {
    const items: unknown[] = []
    this.#list(']', () => items.push(this.#value()))
    return items
  }

  /** The items between a bracket, which stands at the current place, and the one that closes it. */
  #list(end: string, item: () => void): void {
    this.#at += 1
    this.#take(space)
    if (this.#text[this.#at] === end) {
      this.#at += 1
      return
    }
    for (;;) {
      item()
      const next = this.#text[this.#at]
      if (next !== ',' && next !== end) throw this.#fault(`A comma or ${end} must stand here.`)
      this.#at += 1
      if (next === end) return
    }
  }

  #string(): string {
    const at = this.#at
    try {
      return JSON.parse(this.#take(stringToken)) as string
    } catch {
      throw new Fault(
        at,
        'The text in quotes does not end on its line, or has a character that must be escaped.',
      )
    }
  }

  /** The text that matches at the current place; empty if none does. */
  #take(token: RegExp): string {
    token.lastIndex = this.#at
    const found = token.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #fault(message: string): Fault {
    const isEnd = this.#at === this.#text.length
    return new Fault(this.#at, isEnd ? 'The text ends too early.' : message)
  }
}

const shown = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
