/** The kinds of ids of EC2 that Keyward knows, by their prefix. */
export type Ec2IdKind = 'eni' | 'rtb' | 'sg' | 'subnet' | 'vpc' | 'vpce'

/** Whether a text is an id of a kind: the prefix, and 8 or 17 hex digits in lower case. */
export function isEc2Id(kind: Ec2IdKind, text: string): boolean {
  return text.startsWith(`${kind}-`) && /^([0-9a-f]{8}|[0-9a-f]{17})$/.test(text.slice(kind.length + 1))
}

/** Returns an id of a kind; `hex` has at least 17 hex digits in lower case. */
export const ec2Id = (kind: Ec2IdKind, hex: string): string => `${kind}-${hex.slice(0, 17)}`

/** The id of a zone, such as `use1-az1` for `us-east-1a` (AWS RAM user guide, "Availability Zone IDs"); letters count from `a`. */
export function zoneIdOf(zone: string): string {
  const region = zone.slice(0, -1)
  const number = zone.charCodeAt(zone.length - 1) - 'a'.charCodeAt(0) + 1
  const short = region
    .split('-')
    .map(part => directions[part] ?? part)
    .join('')
  return `${short}-az${number}`
}

/** The short forms of words in the names of Regions. */
const directions: Readonly<Record<string, string>> = {
  north: 'n',
  south: 's',
  east: 'e',
  west: 'w',
  central: 'c',
  northeast: 'ne',
  northwest: 'nw',
  southeast: 'se',
  southwest: 'sw',
  gov: 'g',
}
