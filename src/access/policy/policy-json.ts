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

/** Looks for duplicate members and deep nesting in a text that JSON.parse has accepted. Throws PolicyProblem. */
function checkStructure(text: string): void {
  /** For each open object the names of its members; undefined for an open list. */
  const open: (Set<string> | undefined)[] = []
  let lastString = ''
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '"') {
      const end = endOfString(text, i)
      lastString = text.slice(i, end + 1)
      i = end
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined)
      if (open.length > nestingMax) throw new PolicyProblem('The policy is nested too deeply')
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === ':') {
      addMember(open.at(-1), JSON.parse(lastString) as string)
    }
  }
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
