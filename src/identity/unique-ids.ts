import { randomBytes } from '../std/index.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * Generates a unique id as IAM does (IAM user guide, "IAM identifiers"): a prefix for the kind, then base32 characters.
 */
const uniqueId = (prefix: string, length: number) =>
  prefix + Array.from(randomBytes(length), byte => alphabet[byte & 31]).join('')

/** Generates the id of a long-term access key, `AKIA…`. */
export const generateAccessKeyId = () => uniqueId('AKIA', 16)
/** Generates the unique id of a user, `AIDA…`. */
export const generateUserId = () => uniqueId('AIDA', 17)
/** Generates the unique id of a group, `AGPA…`. */
export const generateGroupId = () => uniqueId('AGPA', 17)
/** Generates the unique id of a role, `AROA…`. */
export const generateRoleId = () => uniqueId('AROA', 17)
/** Generates the unique id of a managed policy, `ANPA…`. */
export const generatePolicyId = () => uniqueId('ANPA', 17)
/** Generates the unique id of an instance profile, `AIPA…`. */
export const generateInstanceProfileId = () => uniqueId('AIPA', 17)
/** Generates the secret of an access key: 240 random bits in 40 characters, the length that AWS uses. */
export const generateSecret = () => randomBytes(30).toString('base64')
