/** The alphabet of base32 (RFC 4648, 6). */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const sessionPrefix = 'ASIA'
const idBits = 80n
/** The account follows the first bit, which is always 1. */
const accountBits = 40n
const accountShift = idBits - 1n - accountBits

/**
 * Makes the id of a temporary access key from 10 random bytes. As in AWS, the id contains the account, so that
 * GetAccessKeyInfo does not need to know the session.
 */
export function sessionAccessKeyId(accountId: string, random: Uint8Array): string {
  const noise = BigInt(`0x${Buffer.from(random).toString('hex')}`) & ((1n << accountShift) - 1n)
  let bits = (1n << (idBits - 1n)) | (BigInt(accountId) << accountShift) | noise
  let id = ''
  for (let i = 0; i < 16; i++, bits >>= 5n) id = alphabet.charAt(Number(bits & 31n)) + id
  return sessionPrefix + id
}

/** The account in the id of a temporary access key; undefined for any other text. */
export function accountOfSessionKey(accessKeyId: string): string | undefined {
  const match = /^ASIA([A-Z2-7]{16})$/.exec(accessKeyId)
  if (match === null) return undefined
  const bits = Array.from(match[1] ?? '').reduce(
    (sum, letter) => (sum << 5n) | BigInt(alphabet.indexOf(letter)),
    0n,
  )
  if (bits >> (idBits - 1n) !== 1n) return undefined
  const account = (bits >> accountShift) & ((1n << accountBits) - 1n)
  const accountId = account.toString().padStart(12, '0')
  return accountId.length === 12 ? accountId : undefined
}

/** Whether the id of an access key is the id of a temporary one (IAM user guide, "IAM identifiers"). */
export const isTemporaryKeyId = (accessKeyId: string): boolean => accessKeyId.startsWith(sessionPrefix)
