/** Base32 (RFC 4648, 6). */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const sessionPrefix = 'ASIA'
const idBits = 80n
/** The account stands after the first bit, which is always 1. */
const accountBits = 40n
const accountShift = idBits - 1n - accountBits

/**
 * The id of a temporary access key, from 10 random bytes: as in AWS's, the account can be read from it, so that
 * GetAccessKeyInfo needs to know no sessions.
 */
export function sessionAccessKeyId(accountId: string, random: Uint8Array): string {
  const noise = BigInt(`0x${Buffer.from(random).toString('hex')}`) & ((1n << accountShift) - 1n)
  let bits = (1n << (idBits - 1n)) | (BigInt(accountId) << accountShift) | noise
  let id = ''
  for (let i = 0; i < 16; i++, bits >>= 5n) id = alphabet.charAt(Number(bits & 31n)) + id
  return sessionPrefix + id
}

/** The account of a temporary access key's id; undefined for the id of anything else. */
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

/** Whether an access key is a temporary one by its id (IAM user guide, "IAM identifiers"). */
export const isTemporaryKeyId = (accessKeyId: string): boolean => accessKeyId.startsWith(sessionPrefix)
