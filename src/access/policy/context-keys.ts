import type { CompiledPolicy } from './compile.ts'
import { variablesOf } from './policy-variable.ts'

/**
 * The condition keys that a policy refers to in policy variables and in conditions, statement by statement (IAM API reference,
 * "GetContextKeysForCustomPolicy"). Each key has the spelling of the policy; keys that differ only in case are listed once.
 */
export function contextKeysOf({ statements }: CompiledPolicy): string[] {
  const written = statements.flatMap(({ source }) => [
    ...(source.resources?.items ?? []).flatMap(({ text, template }) => spell([text], variablesOf(template))),
    ...source.conditions.flatMap(({ key, values, variables }) => [key, ...spell(values, variables)]),
  ])
  return distinctKeys(written)
}

/** The keys without the ones that differ from an earlier key only in case. */
export function distinctKeys(keys: readonly string[]): string[] {
  const seen = new Map<string, string>()
  for (const key of keys) if (!seen.has(key.toLowerCase())) seen.set(key.toLowerCase(), key)
  return [...seen.values()]
}

/**
 * The keys of policy variables in the spelling of the texts that have these variables. Each text is searched once, however many
 * keys there are.
 */
function spell(texts: readonly string[], keys: readonly string[]): string[] {
  if (keys.length === 0) return []
  const written = texts.flatMap(text => [...text.matchAll(/\$\{([^${}',*?]+)/g)])
  const byKey = new Map(
    distinctKeys(written.map(([, name = '']) => name.trim())).map(name => [name.toLowerCase(), name]),
  )
  return keys.map(key => byKey.get(key) ?? key)
}
