import type { CompiledPolicy } from './compile.ts'
import { variablesOf } from './policy-variable.ts'

/**
 * The condition keys that a policy asks for, as it writes them, each once whatever its letters: in policy variables and in
 * conditions, statement by statement (IAM API reference, "GetContextKeysForCustomPolicy").
 */
export function contextKeysOf({ statements }: CompiledPolicy): string[] {
  const written = statements.flatMap(({ source }) => [
    ...(source.resources?.items ?? []).flatMap(({ text, template }) =>
      variablesOf(template).map(key => spelledIn(text, key)),
    ),
    ...source.conditions.flatMap(({ key, values, variables }) => [
      key,
      ...variables.map(variable => spelledIn(values.join('\n'), variable)),
    ]),
  ])
  return distinctKeys(written)
}

/** The first spelling of each. */
export function distinctKeys(keys: readonly string[]): string[] {
  const seen = new Map<string, string>()
  for (const key of keys) if (!seen.has(key.toLowerCase())) seen.set(key.toLowerCase(), key)
  return [...seen.values()]
}

function spelledIn(text: string, key: string): string {
  const index = text.toLowerCase().indexOf(key)
  return index < 0 ? key : text.slice(index, index + key.length)
}
