/** An account within a region: no row of one scope is ever visible from another. */
export interface Scope {
  /** Twelve digits. */
  readonly accountId: string
  readonly region: string
}

const regionPattern = /^([a-z]+-){2,3}\d+$/

export function isRegion(text: string): boolean {
  return text.length <= 32 && regionPattern.test(text)
}

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

/** The ARN partition a region lies in (AWS General Reference, "ARN format"). */
export function partitionOf(region: string): string {
  return partitions.find(([pattern]) => pattern.test(region))?.[1] ?? 'aws'
}
