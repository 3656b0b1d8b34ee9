import {
  type CompiledPolicy,
  type ConditionContext,
  contextKeysOf,
  distinctKeys,
  isConditionValue,
} from '../../../access/index.ts'
import type { Infer, Structure } from '../../../std/index.ts'
import { invalidInput } from './simulated-policy.ts'
import type { simulationInput } from './simulation-shapes.ts'

type Entries = NonNullable<Infer<Structure<typeof simulationInput>>['ContextEntries']>
type Values = ReadonlyMap<string, readonly string[]>

const formats = {
  numeric: 'expected numeric format.',
  date: 'expected DateTime format.',
  ip: 'expected IP address.',
  binary: 'expected base-64 encoded binary format.',
} as const

/**
 * Reads the condition values of a simulated request, by keys in lower case. The texts were recorded from AWS. Throws
 * InvalidInputException.
 */
export function readEntries(entries: Entries = []): Values {
  const byKey = new Map<string, readonly string[]>()
  for (const { ContextKeyName: name, ContextKeyType: type, ContextKeyValues: values } of entries) {
    if (name === undefined && type === undefined && values === undefined) continue
    if (name === undefined) throw invalidInput('ContextKeyName cannot be null or empty.')
    if (byKey.has(name.toLowerCase())) throw invalidInput(`Duplicate context key: ${name}.`)
    if (values === undefined || values.length === 0)
      throw invalidInput(`Context values for context key ${name} cannot be null or empty.`)
    if (type === undefined) throw invalidInput(`Context key ${name} has invalid type null.`)
    if (!type.endsWith('List') && values.length > 1)
      throw invalidInput(`Context key ${type} expected a single value, but received ${values.length}.`)
    checkValues(name, type.replace(/List$/, ''), values)
    byKey.set(name.toLowerCase(), values)
  }
  return byKey
}

function checkValues(name: string, type: string, values: readonly string[]): void {
  if (type !== 'numeric' && type !== 'date' && type !== 'ip' && type !== 'binary') return
  if (!values.every(value => isConditionValue(value, type)))
    throw invalidInput(`Invalid context value for key ${name}: ${formats[type]}`)
}

/** Returns the context in which conditions find the values of a simulated request. */
export const contextOf = (entries: Values): ConditionContext => ({ valuesOf: key => entries.get(key) })

/** Returns the condition keys that the policies refer to and the request lacks, as the policies write them. */
export function missingKeys(policies: readonly CompiledPolicy[], entries: Values): string[] {
  return distinctKeys(policies.flatMap(contextKeysOf)).filter(key => !entries.has(key.toLowerCase()))
}
