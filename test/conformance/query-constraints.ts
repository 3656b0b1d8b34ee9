import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { ServiceError } from '../../src/domain/index.ts'
import type { ServiceDefinition } from '../../src/operation/index.ts'
import { ConstraintProblem, decode } from '../../src/std/index.ts'

// Values beyond every constraint that AWS's model has for the inputs of a service are refused in AWS's words.

interface Shape {
  readonly type: string
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly members?: Readonly<Record<string, { readonly shape: string }>>
  readonly member?: { readonly shape: string }
}

export interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>
  readonly shapes: Readonly<Record<string, Shape>>
}

const shapeNamed = ({ shapes }: Model, name: string): Shape => shapes[name] ?? assert.fail(`no shape ${name}`)

interface Case {
  readonly place: string
  readonly value: unknown
  readonly must: string | undefined
}

/** Values of a member beyond each of its constraints, and the text of the violation. */
function casesOf(shape: Shape, place: string): Case[] {
  const cases: Case[] = []
  const add = (value: unknown, must: string) => cases.push({ place, value, must })
  if (shape.enum !== undefined) add('no such value', `satisfy enum value set: [${shape.enum.join(', ')}]`)
  if (shape.type === 'string') {
    if (shape.min) add('', `have length greater than or equal to ${shape.min}`)
    if (shape.max) add('a'.repeat(shape.max + 1), `have length less than or equal to ${shape.max}`)
    if (shape.pattern) add('\u0001', `satisfy regular expression pattern: ${shape.pattern}`)
  }
  if (shape.type === 'integer') {
    if (shape.min) add(shape.min - 1, `have value greater than or equal to ${shape.min}`)
    if (shape.max) add(shape.max + 1, `have value less than or equal to ${shape.max}`)
  }
  if (shape.type === 'list' && shape.max) {
    add(Array(shape.max + 1).fill(''), `have length less than or equal to ${shape.max}`)
  }
  for (const name of shape.required ?? [])
    cases.push({ place: `${place}/${name}`, value: undefined, must: 'not be null' })
  return cases
}

function allCases(model: Model, shape: Shape, place: string): Case[] {
  const inside = [
    ...Object.entries(shape.members ?? {}).flatMap(([name, member]) =>
      allCases(model, shapeNamed(model, member.shape), `${place}/${name}`),
    ),
    ...(shape.member === undefined
      ? []
      : allCases(model, shapeNamed(model, shape.member.shape), `${place}/[]`)),
  ]
  return [...casesOf(shape, place), ...inside]
}

/** An input that has only `value` at a place. */
function inputWith([name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value
  const inner = inputWith(rest, value)
  return name === '[]' ? [inner] : { [name]: inner }
}

function problemsOf(service: ServiceDefinition<never>, operation: string, input: unknown): readonly string[] {
  try {
    decode(service.operations.get(operation)?.input ?? assert.fail(operation), input)
    return []
  } catch (error) {
    if (error instanceof ConstraintProblem) return error.problems
    if (error instanceof ServiceError) return [error.message]
    throw error
  }
}

/**
 * The problems of a member by itself: IAM has its own texts for names and paths, which it reports only without violations of
 * the model (src/services/iam/wire/own-texts.ts).
 */
function ownTexts(
  service: ServiceDefinition<never>,
  operation: string,
  [name = '', ...rest]: readonly string[],
  value: unknown,
): string[] {
  const kind = service.operations.get(operation)?.input.kind
  const member = kind?.type === 'structure' && rest.length === 0 ? kind.shapes.get(name) : undefined
  const problems: string[] = []
  if (value !== undefined) member?.decode(value, name.charAt(0).toLowerCase() + name.slice(1), problems)
  return problems.filter(text => text.startsWith('The specified value for '))
}

/** Whether a text reports the violation in the words of the model, of a list of texts, or of IAM's own check. */
function reports(text: string, wire: string, must: string): boolean {
  if (text.endsWith(`at '${wire}' failed to satisfy constraint: Member must ${must}`)) return true
  const [, list] = /^(.*)\.1\.member$/.exec(wire) ?? []
  if (list !== undefined && text.includes(`at '${list}' failed to satisfy constraint: Member must satisfy`))
    return text.includes(`Member must ${must}`)
  const isOfIam = text.startsWith(`The specified value for ${wire} is invalid. It must `)
  return isOfIam && /^(have length greater|satisfy regular)/.test(must)
}

/** The model that an environment variable names; undefined if it names none. */
export function readModel(variable: string): Model | undefined {
  const path = process.env[variable]
  return path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as Model)
}

/** Asserts that a service reports violations of every constraint of its model, except in the places of `exceptions`. */
export function checkConstraints(
  service: ServiceDefinition<never>,
  model: Model,
  exceptions: Readonly<Record<string, string>> = {},
): number {
  const strays: string[] = []
  let count = 0
  for (const operation of service.operations.keys()) {
    const input = model.operations[operation]?.input
    if (input === undefined) continue
    for (const { place, value, must } of allCases(model, shapeNamed(model, input.shape), operation)) {
      const segments = place.split('/').slice(1)
      const wire = segments
        .map(name => (name === '[]' ? '1.member' : name.charAt(0).toLowerCase() + name.slice(1)))
        .join('.')
      const problems = [
        ...problemsOf(service, operation, inputWith(segments, value)),
        ...ownTexts(service, operation, segments, value),
      ]
      const isReported = problems.some(text => reports(text, wire, must ?? ''))
      if (!isReported && exceptions[place] === undefined)
        strays.push(`${place} must ${must}: ${problems.join('; ').slice(0, 200)}`)
      count++
    }
  }
  assert.deepEqual(strays, [])
  return count
}
