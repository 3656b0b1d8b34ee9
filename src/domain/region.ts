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

/** The ARN partition a region lies in (AWS General Reference, "ARN format"). */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  if (region.startsWith('us-gov-')) return 'aws-us-gov'
  if (region.startsWith('eusc-')) return 'aws-eusc'
  return 'aws'
}
