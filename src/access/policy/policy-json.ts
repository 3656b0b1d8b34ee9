import { isJsonObject, parseJson } from '../../std/index.ts'
import { PolicyProblem } from './policy-problem.ts'

/** The elements that a policy can have, and those of a statement (IAM user guide, "Grammar of the IAM JSON policy language"). */
export const documentElements: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement'])
/** See `documentElements`. */
export const statementElements: ReadonlySet<string> = new Set([
  ...['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource'],
  'Condition',
])

const nestingMax = 10

/** Reads strict JSON. Duplicate members are refused, because parsers differ on which one counts. Throws PolicyProblem. */
export function parsePolicyJson(text: string): unknown {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    throw new PolicyProblem('The policy is not valid JSON')
  }
  checkStructure(text)
  return value
}

/** An open object or list. */
interface Level {
  /** The names of the object's members; undefined for a list. */
  readonly names: Set<string> | undefined
  /** The member or the item that is being read. */
  at: string | number
}

/** A function that gets the path and the offset of a member's name, of an object or of a list. */
type Finder = (path: readonly (string | number)[], offset: number) => void

/** Looks for duplicate members and deep nesting in a text that JSON.parse has accepted. Throws PolicyProblem. */
function checkStructure(text: string, find?: Finder): void {
  const open: Level[] = []
  const found = (offset: number) =>
    find?.(
      open.map(({ at }) => at),
      offset,
    )
  let [start, end] = [0, 0]
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    const level = open.at(-1)
    if (character === '"') {
      ;[start, end] = [i, endOfString(text, i)]
      i = end
    } else if (character === '{' || character === '[') {
      found(i)
      open.push(character === '{' ? { names: new Set(), at: '' } : { names: undefined, at: 0 })
      if (open.length > nestingMax) throw new PolicyProblem('The policy is nested too deeply')
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === ',') {
      if (typeof level?.at === 'number') level.at += 1
    } else if (character === ':' && level !== undefined) {
      level.at = JSON.parse(text.slice(start, end + 1)) as string
      addMember(level.names, level.at)
      found(start)
    }
  }
}

/**
 * Returns the offset of the place that a PolicyProblem names in its document: that of a member's name, or of a statement's brace. If the
 * document lacks the member, it is the offset of the innermost part of the place that is there; 0 if the problem names no statement.
 */
export function offsetOfProblem(text: string, { place, message }: PolicyProblem): number {
  // Some problems name the statement only in their message.
  const [, number, members] = /^Statement (\d+)(?:: (.*))?/s.exec(place || message) ?? []
  if (number === undefined) return 0
  const wanted = [Number(number) - 1, ...(place === '' ? [] : (members?.split(': ') ?? []))]
  let [depth, offset] = [0, 0]
  checkStructure(text, ([element, ...path], start) => {
    if (element !== 'Statement') return
    // One statement can stand without a list.
    const given = typeof path[0] === 'number' ? path : [0, ...path]
    const isOnTheWay = given.length <= wanted.length && given.every((name, index) => name === wanted[index])
    // The last one of a statement is its brace, and the first one of a member is its name.
    if (isOnTheWay && (given.length > depth || given.length === 1)) [depth, offset] = [given.length, start]
  })
  return offset
}

function endOfString(text: string, start: number): number {
  let end = start + 1
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end
}

function addMember(names: Set<string> | undefined, name: string): void {
  if (names?.has(name)) throw new PolicyProblem(`The policy has the element ${name} twice`)
  names?.add(name)
}

export function objectOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (isJsonObject(value)) return value
  throw new PolicyProblem(`${place} must be a JSON object`)
}

/** Reads one string or a list of strings. Throws PolicyProblem. */
export function stringsOf(value: unknown, place: string): string[] {
  const items = Array.isArray(value) ? value : [value]
  if (!items.every(item => typeof item === 'string'))
    throw new PolicyProblem('must be a string or a list of strings', place)
  return items
}

export function checkElements(
  object: Record<string, unknown>,
  known: ReadonlySet<string>,
  place: string,
): void {
  const stray = Object.keys(object).find(name => !known.has(name))
  if (stray !== undefined) throw new PolicyProblem(`${place} cannot have the element ${stray}`)
}
