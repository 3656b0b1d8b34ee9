/**
 * The rules for the resources of an identity policy when it is put. AWS applies them in two steps, and both texts of a statement
 * can be at fault: the format first, then its older parser. The texts were recorded from AWS.
 */

/** The beginnings of a resource in an ARN of IAM; `*` and `root` are taken as well (recorded from AWS in 2026). */
const iamPaths = [
  ...['user/', 'federated-user/', 'role/', 'group/', 'instance-profile/', 'mfa/', 'server-certificate/'],
  ...['policy/', 'sms-mfa/', 'saml-provider/', 'oidc-provider/', 'report/', 'access-report/'],
]
const iamPathText = `IAM resource path must either be "*", root, or start with ${iamPaths.join(', ')}.`
const vendorText = 'Resource vendor must be fully qualified and cannot contain regexes.'

/** AWS's text for a resource whose format is wrong; undefined for all others. `partitions` may stand in its ARN. */
export function resourceFault(text: string, partitions: readonly string[]): string | undefined {
  if (text === '*') return undefined
  const [prefix, partition, vendor, region = '', account = '', ...rest] = text.split(':')
  if (partition === undefined) return `Resource ${text} must be in ARN format or "*".`
  if (partition !== '*' && !partitions.includes(partition)) {
    // AWS writes the ARN as it completes it, whatever stands before the first colon.
    const [service = '*', ...others] = vendor === undefined ? [] : text.split(':').slice(2)
    const completed = [service, others[0] ?? '*', others[1] ?? '*', others.slice(2).join(':') || '*']
    return `Partition "${partition}" is not valid for resource "arn:${partition}:${completed.join(':')}".`
  }
  if (vendor === undefined || /[*?]/.test(vendor)) return vendorText
  if (prefix !== 'arn') return `Resource ${text} must be in ARN format or "*".`
  return faultOfService(vendor, region, account, rest, text)
}

function faultOfService(vendor: string, region: string, account: string, rest: string[], text: string) {
  if (vendor === 'iam' && region !== '') return `IAM resource ${text} cannot contain region information.`
  // Access points, access grants and others are in a Region and in an account; buckets and objects are in neither.
  if (vendor === 's3' && region !== '' && account === '' && rest.length > 0)
    return `Resource ${text} can not contain region information.`
  if (vendor !== 'iam' || rest.length === 0) return undefined
  const path = rest.join(':')
  const isKnown = path === '*' || path === 'root' || iamPaths.some(start => path.startsWith(start))
  return isKnown ? undefined : iamPathText
}

/** Why AWS's older parser refuses a resource; undefined if it does not. */
export function legacyFault(text: string): string | undefined {
  if (text === '*') return undefined
  // A policy variable has colons of its own.
  const [, , vendor = '', region = '', account = '', ...rest] = text
    .replaceAll(/\$\{[^${}]*\}/g, '$')
    .split(':')
  if (vendor === '') return `'${text}' names no service`
  if (rest.length === 0 && text.includes('::')) return `'${text}' has fewer than the six parts of an ARN`
  if (!/^[A-Za-z0-9*?-]*$/.test(region) || region.includes('--')) return `'${text}' has no valid Region`
  return isAccount(account) ? undefined : `'${text}' has no valid account`
}

/** Twelve digits, a pattern of them, no account, AWS itself, or the place of a policy variable. */
function isAccount(account: string): boolean {
  return /^(?:|aws|\d{12}|\$)$/.test(account) || (/^[\d*?]+$/.test(account) && /[*?]/.test(account))
}
