/** An account in a region. No row of one scope is ever visible from a different scope. */
export interface Scope {
  /** Twelve digits. */
  readonly accountId: string
  readonly region: string
}

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
