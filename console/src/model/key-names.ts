/** A key as somebody names it: what DescribeKey takes, and the Region if the name has one. */
export interface KeyName {
  readonly name: string
  readonly region: string | undefined
}

const keyId = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32})$/
const arn = /^arn:[\w-]+:kms:([a-z0-9-]+):\d{12}:(?:key|alias)\/[a-zA-Z0-9:/_-]+$/
const alias = /^[a-zA-Z0-9:/_-]{1,250}$/

/** Reads a key ID, the ARN of a key or an alias, or an alias, with `alias/` or without. Undefined for anything else. */
export function readKeyName(text: string): KeyName | undefined {
  const name = text.trim()
  const [, region] = arn.exec(name) ?? []
  if (region !== undefined) return { name, region }
  if (name.startsWith('arn:')) return undefined
  if (keyId.test(name)) return { name, region: undefined }
  const own = name.replace(/^alias\//, '')
  return alias.test(own) ? { name: `alias/${own}`, region: undefined } : undefined
}

/** Whether a name is an alias, which most operations on a key do not take. */
export const isAlias = (name: string): boolean => /(?:^|:)alias\//.test(name)

/** The account in the ARN of a key; undefined for a name without one. */
export const accountOf = (name: string): string | undefined =>
  /^arn:[^:]+:kms:[^:]+:(\d{12}):/.exec(name)?.[1]
