import { type Steps, uncounted } from '../budget/step-budget.ts'
import { type ConditionContext, noConditions } from '../condition/condition-context.ts'
import { hasManyValues } from '../condition/known-condition-keys.ts'
import { literalPattern, type Pattern, parsePattern } from '../pattern/wildcard.ts'
import { legacyProblem } from './policy-problem.ts'

/** A value of a policy, split at its policy variables. */
export type Template = readonly TemplatePart[]

export type TemplatePart =
  | { readonly type: 'text'; readonly text: string }
  /** A character that stands only for itself, and not for a wildcard or a variable: `${*}`, `${?}`, `${$}`. */
  | { readonly type: 'literal'; readonly text: string }
  | {
      readonly type: 'variable'
      /** The condition key, in lower case. */
      readonly key: string
      readonly fallback: string | undefined
    }

const variable = /\$\{(?:([*?$])|([^${}',*?]+)(?:,\s*'([^']*)'\s*)?)\}/y

/**
 * Reads the policy variables of a value (IAM user guide, "IAM policy elements: Variables and tags"). Only documents of
 * Version 2012-10-17 have variables; in older documents they are plain text. Throws PolicyProblem.
 */
export function parseTemplate(text: string, hasVariables: boolean, place: string): Template {
  if (!hasVariables || !text.includes('${')) return [{ type: 'text', text }]
  const parts: TemplatePart[] = []
  let at = 0
  while (at < text.length) {
    const start = text.indexOf('${', at)
    const end = start < 0 ? text.length : start
    if (end > at) parts.push({ type: 'text', text: text.slice(at, end) })
    if (start < 0) break
    variable.lastIndex = start
    const match = variable.exec(text)
    if (match === null) throw legacyProblem(`'${text}' has a policy variable that cannot be read`, place)
    const [whole, literal, name = '', fallback] = match
    parts.push(
      literal === undefined
        ? { type: 'variable', key: name.trim().toLowerCase(), fallback }
        : { type: 'literal', text: literal },
    )
    at = start + whole.length
  }
  return parts
}

/** The condition keys that the variables refer to, in lower case. */
export function variablesOf(template: Template): string[] {
  return template.flatMap(part => (part.type === 'variable' ? [part.key] : []))
}

export function isConstant(template: Template): boolean {
  return template.every(part => part.type !== 'variable')
}

/** The steps of replacing variables, for each character of the result: it is made, and the pattern is compiled again. */
const perReplaced = 16

/** The text with its variables replaced; undefined if a variable has no value. */
export function expandText(template: Template, context: ConditionContext & Steps): string | undefined {
  let expanded = ''
  for (const part of template) {
    const text = part.type === 'variable' ? valueOfVariable(part, context) : part.text
    if (text === undefined) return undefined
    context.spend(text.length + perReplaced)
    expanded += text
  }
  return expanded
}

/**
 * The pattern with its variables replaced; undefined if a variable has no value. Only the policy's own wildcards count, not `*`
 * and `?` in the value of a variable: nobody can widen a policy with a tag.
 */
export function expandPattern(template: Template, context: ConditionContext & Steps): Pattern | undefined {
  const expanded: number[] = []
  for (const part of template) {
    const text = part.type === 'variable' ? valueOfVariable(part, context) : part.text
    if (text === undefined) return undefined
    context.spend(perReplaced * (text.length + 1))
    for (const code of part.type === 'text' ? parsePattern(text) : literalPattern(text)) expanded.push(code)
  }
  return expanded
}

function valueOfVariable(
  { key, fallback }: Extract<TemplatePart, { type: 'variable' }>,
  context: ConditionContext,
): string | undefined {
  const values = context.valuesOf(key)
  if (values === undefined || values.length === 0) return fallback
  // A multivalued key cannot be a variable, even if it has a single value (recorded from AWS).
  return values.length === 1 && !hasManyValues(key) ? values[0] : undefined
}

/** The pattern of a value without variables. */
export const constantPattern = (template: Template): Pattern =>
  expandPattern(template, { ...noConditions, ...uncounted }) ?? []

/** The text of a value that has neither variables nor characters that stand only for themselves; undefined for others. */
export function plainText(template: Template): string | undefined {
  const [only, ...others] = template
  if (only === undefined) return ''
  return only.type === 'text' && others.length === 0 ? only.text : undefined
}
