/** An account in a region. No row of one scope is ever visible from a different scope. */
export interface Scope {
  /** Twelve digits. */
  readonly accountId: string
  readonly region: string
}

/** Whether something is of an account and in a Region. */
export const isInScope = (item: Scope, { accountId, region }: Scope): boolean =>
  item.accountId === accountId && item.region === region

const regionPattern = /^([a-z]+-){2,3}\d+$/

/** Whether a text has the form of a region's name, such as `us-east-1`. */
export function isRegion(text: string): boolean {
  return text.length <= 32 && regionPattern.test(text)
}

/** Whether a text is an account id: twelve digits. */
export function isAccountId(text: string): boolean {
  return /^\d{12}$/.test(text)
}

const partitions: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, 'aws-cn'],
  [/^us-gov-/, 'aws-us-gov'],
  [/^eusc-/, 'aws-eusc'],
  [/^us-iso-/, 'aws-iso'],
  [/^us-isob-/, 'aws-iso-b'],
  [/^eu-isoe-/, 'aws-iso-e'],
  [/^us-isof-/, 'aws-iso-f'],
]

/** The ARN partition that a region belongs to (AWS General Reference, "ARN format"). */
export function partitionOf(region: string): string {
  return partitions.find(([pattern]) => pattern.test(region))?.[1] ?? 'aws'
}

/** The suffix of host names of AWS in the partition of a region (AWS SDKs, `partitions.json`). */
export function dnsSuffixOf(region: string): string {
  return suffixes[partitionOf(region)] ?? 'amazonaws.com'
}

const suffixes: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-eusc': 'amazonaws.eu',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
}
