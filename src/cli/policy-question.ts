import { readPolicyFile } from '../app/index.ts'
import { OperatorError } from '../std/index.ts'
import type { OptionValues } from './subcommand.ts'

/** The last value of a flag. */
export const lastOf = (options: OptionValues, name: string) => options[name]?.at(-1)

/** Returns the parts that questions about permissions share: key, draft and condition values. Throws OperatorError. */
export function readAbout(options: OptionValues): object {
  const draft = lastOf(options, 'draft')
  const conditions = new Map<string, string[]>()
  for (const text of options['condition'] ?? []) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (name === '') throw new OperatorError(`'${text}' is not a condition such as aws:SourceIp=10.0.0.1.`)
    conditions.set(name, [...(conditions.get(name) ?? []), value])
  }
  return {
    KeyId: lastOf(options, 'key'),
    KeyPolicyDraft: draft === undefined ? undefined : readPolicyFile(draft),
    ContextEntries: Array.from(conditions, ([name, values]) => ({
      ContextKeyName: name,
      ContextKeyValues: values,
    })),
  }
}
