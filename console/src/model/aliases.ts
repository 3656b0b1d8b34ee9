import type { KeyMetadata } from '@aws-sdk/client-kms'

const prefix = 'alias/'

/** The full name of an alias. The prefix may be typed or not. */
export const aliasNameOf = (text: string): string =>
  text.trim().startsWith(prefix) ? text.trim() : `${prefix}${text.trim()}`

/** The reason why AWS KMS would refuse the name of an alias (API reference, CreateAlias); undefined for a good one. */
export function aliasFault(text: string): string | undefined {
  const name = aliasNameOf(text)
  const own = name.slice(prefix.length)
  if (own === '') return 'Enter a name.'
  if (own.startsWith('aws/')) return 'Names that begin with aws/ belong to AWS.'
  if (name.length > 256) return 'An alias has at most 256 characters, with alias/ at its beginning.'
  return /^[a-zA-Z0-9/_-]+$/.test(own) ? undefined : 'Use letters from A to Z, digits, and / _ -.'
}

/** Symmetric, HMAC or asymmetric: an alias stays with one of these kinds. */
const kindOf = (spec = ''): string =>
  spec === 'SYMMETRIC_DEFAULT' ? 'symmetric' : spec.startsWith('HMAC') ? 'HMAC' : 'asymmetric'

/** The reason why an alias cannot move between two keys (API reference, UpdateAlias); undefined if it can. */
export function moveFault(from: KeyMetadata, to: KeyMetadata): string | undefined {
  if (from.KeyId === to.KeyId) return 'The alias already belongs to this key.'
  if (kindOf(from.KeySpec) !== kindOf(to.KeySpec))
    return `The alias belongs to a key of a different type: ${kindOf(from.KeySpec)}, and this key is ${kindOf(to.KeySpec)}.`
  return from.KeyUsage === to.KeyUsage ? undefined : 'The alias belongs to a key with a different key usage.'
}
