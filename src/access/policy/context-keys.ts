import type { CompiledPolicy } from './compile.ts'
import { variablesOf } from './policy-variable.ts'

/**
 * The condition keys that a policy asks for, as it writes them, each once whatever its letters: in policy variables and in
 * conditions, statement by statement (IAM API reference, "GetContextKeysForCustomPolicy").
 */
export function contextKeysOf({ statements }: CompiledPolicy): string[] {
  const written = statements.flatMap(({ source }) => [
    ...(source.resources?.items ?? []).flatMap(({ text, template }) => spell([text], variablesOf(template))),
    ...source.conditions.flatMap(({ key, values, variables }) => [key, ...spell(values, variables)]),
  ])
  return distinctKeys(written)
}

/** The first spelling of each. */
export function distinctKeys(keys: readonly string[]): string[] {
  const seen = new Map<string, string>()
  for (const key of keys) if (!seen.has(key.toLowerCase())) seen.set(key.toLowerCase(), key)
  return [...seen.values()]
}

/** Keys of policy variables as the texts that they stand in write them first. Each text is gone through once, however many they are. */
function spell(texts: readonly string[], keys: readonly string[]): string[] {
  if (keys.length === 0) return []
  const written = texts.flatMap(text => [...text.matchAll(/\$\{([^${}',*?]+)/g)])
  const byKey = new Map(
    distinctKeys(written.map(([, name = '']) => name.trim())).map(name => [name.toLowerCase(), name]),
  )
  return keys.map(key => byKey.get(key) ?? key)
}
