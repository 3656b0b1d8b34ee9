import { LRUCache } from 'lru-cache'
import { type CompiledPolicy, compileStoredPolicy } from '../../access/index.ts'
import type { PolicyCompiler } from '../permission/compiled-policies.ts'
import type { Slices } from './slices.ts'

/** The steps of compiling a character of a policy, and of finding a compiled one by its text. */
const stepsPerCharacter = 100
const stepsPerKnownCharacter = 2
/** Characters of the policies that are kept. Users of one account mostly share the policies of its groups. */
const keptMax = 1_000_000

/** Returns a compiler for the policies of many principals, which compiles each text once. */
export function compileOnce(slices: Slices): PolicyCompiler {
  const known = new LRUCache<string, CompiledPolicy>({ maxSize: keptMax })
  return async ({ name, document }, kind) => {
    const text = `${kind} ${name} ${document}`
    const before = known.get(text)
    const compiled = before ?? compileStoredPolicy(document, kind, name)
    if (before === undefined) known.set(text, compiled, { size: text.length })
    await slices.spend((before === undefined ? stepsPerCharacter : stepsPerKnownCharacter) * text.length)
    return compiled
  }
}
