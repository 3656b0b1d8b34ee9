import { SerializationProblem, type Shape, string, violation } from '../../../std/index.ts'

interface Limits {
  readonly min: number
  readonly max: number
  readonly pattern?: string
}

/**
 * A list of texts. IAM reports one violation for all of them, with every constraint that a text has, whichever it breaks
 * (recorded from AWS).
 */
export function textList(limits: Limits, list: { readonly max?: number } = {}): Shape<string[]> {
  const { max: countMax = Number.POSITIVE_INFINITY } = list
  const element = string(limits)
  const { min, max, pattern } = limits
  const constraints = [
    `Member must have length less than or equal to ${max}`,
    `Member must have length greater than or equal to ${min}`,
    ...(pattern === undefined
      ? []
      : [`Member must satisfy regular expression pattern: ${pattern}`, 'Member must not be null']),
  ].join(', ')
  return {
    kind: { type: 'list', element },
    decode(value, path, problems) {
      if (!Array.isArray(value)) throw new SerializationProblem('Expected list or null')
      if (value.length > countMax) {
        problems.push(violation(path, undefined, `have length less than or equal to ${countMax}`))
        return []
      }
      const broken: string[] = []
      const texts = value.map(item => element.decode(item ?? '', path, broken))
      if (broken.length > 0) problems.push(violation(path, undefined, `satisfy constraint: [${constraints}]`))
      return texts
    },
    encode: texts => [...texts],
    disclose: texts => [...texts],
  }
}
