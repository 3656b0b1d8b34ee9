import { type ConditionContext, noConditions } from '../condition/condition-context.ts'
import { hasManyValues } from '../condition/condition-keys.ts'
import { literalPattern, type Pattern, parsePattern } from '../pattern/wildcard.ts'
import { PolicyProblem } from './policy-problem.ts'

/** A value of a policy, cut where policy variables stand in it. */
export type Template = readonly TemplatePart[]

export type TemplatePart =
  | { readonly type: 'text'; readonly text: string }
  /** A character that would be a wildcard, or begin a variable, and is to be only itself: `${*}`, `${?}`, `${$}`. */
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
 * Version 2012-10-17 have any; in older ones the text means itself. Throws PolicyProblem.
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
    if (match === null) throw new PolicyProblem(`'${text}' has a policy variable that cannot be read`, place)
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

/** The condition keys that it asks for. */
export function variablesOf(template: Template): string[] {
  return template.flatMap(part => (part.type === 'variable' ? [part.key] : []))
}

export function isConstant(template: Template): boolean {
  return template.every(part => part.type !== 'variable')
}

/** The text with its variables replaced; undefined where one has no value. */
export function expandText(template: Template, context: ConditionContext): string | undefined {
  let expanded = ''
  for (const part of template) {
    const text = part.type === 'variable' ? valueOfVariable(part, context) : part.text
    if (text === undefined) return undefined
    expanded += text
  }
  return expanded
}

/** The same with the wildcards of the policy. What a variable brings in has none: nobody widens a policy by a tag. */
export function expandPattern(template: Template, context: ConditionContext): Pattern | undefined {
  const expanded: number[] = []
  for (const part of template) {
    const text = part.type === 'variable' ? valueOfVariable(part, context) : part.text
    if (text === undefined) return undefined
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
  // A key of several values cannot be a variable, whether or not it has several (recorded from AWS).
  return values.length === 1 && !hasManyValues(key) ? values[0] : undefined
}

/** What a value without variables stands for, as a pattern. */
export const constantPattern = (template: Template): Pattern => expandPattern(template, noConditions) ?? []
